#include "core/decision/verdicts.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "core/decision/parallel_ranges.h"
#include "core/decision/vote_counting.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                   : std::numeric_limits<double>::quiet_NaN();
}

PLUMBLINE_VECTORISED void note_missing(const ClassIndex* classes, std::size_t n,
                                       std::uint16_t* missing) {
  for (std::size_t i = 0; i < n; ++i)
    missing[i] = static_cast<std::uint16_t>(missing[i] | (classes[i] == no_class ? 1 : 0));
}

// kept 0, undetected 1, caught 2, needlessly rejected 3, unjudged 4
PLUMBLINE_VECTORISED void judge(const ClassIndex* label, const ClassIndex* truth,
                                const std::uint16_t* absent, std::size_t n, std::uint8_t* accept,
                                std::uint8_t* tie, std::uint8_t* verdict) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto present = static_cast<std::uint8_t>(absent[i] ^ 1);
    accept[i] &= present;
    tie[i] &= present;
    const std::uint16_t wrong = label[i] == truth[i] ? 0 : 1;
    const auto judged = static_cast<std::uint8_t>(accept[i] ? wrong : 3 - wrong);
    verdict[i] = (truth[i] == no_class) | (absent[i] != 0) ? std::uint8_t{4} : judged;
  }
}

/// Counts of each verdict, then of ties among the judged. n < 65,536.
PLUMBLINE_VECTORISED void count_verdicts(const std::uint8_t* verdict, const std::uint8_t* tie,
                                         std::size_t n, std::uint16_t* counts) {
  std::uint16_t undetected = 0, caught = 0, rejected = 0, unjudged = 0, ties = 0;
  for (std::size_t i = 0; i < n; ++i) {
    undetected = static_cast<std::uint16_t>(undetected + (verdict[i] == 1));
    caught = static_cast<std::uint16_t>(caught + (verdict[i] == 2));
    rejected = static_cast<std::uint16_t>(rejected + (verdict[i] == 3));
    unjudged = static_cast<std::uint16_t>(unjudged + (verdict[i] == 4));
    ties = static_cast<std::uint16_t>(ties + (tie[i] & (verdict[i] != 4)));
  }
  counts[0] = static_cast<std::uint16_t>(n - undetected - caught - rejected - unjudged);
  counts[1] = undetected;
  counts[2] = caught;
  counts[3] = rejected;
  counts[4] = unjudged;
  counts[5] = ties;
}

/// Samples that are judged at once, right after they were voted on, while they are in the cache.
constexpr std::size_t judge_block = 16 * vote_block;

/// Verdicts and their counts from label, accept and tie of samples [begin, end).
void judge_range(const VoteTable& votes, std::size_t begin, std::size_t end, Decisions& out,
                 VerdictCounts& counts, std::int64_t& ties) {
  auto* verdict = reinterpret_cast<std::uint8_t*>(out.verdict.data()) + begin;
  const std::size_t n = end - begin;
  std::array<std::uint16_t, judge_block> absent;
  std::fill_n(absent.begin(), n, std::uint16_t{0});
  for (const VoterVotes& voter : votes.voters)
    note_missing(voter.predicted.data() + begin, n, absent.data());
  judge(out.label.data() + begin, votes.labels.data() + begin, absent.data(), n,
        out.accept.data() + begin, out.tie.data() + begin, verdict);
  std::array<std::uint16_t, verdict_kinds + 1> block_counts;
  count_verdicts(verdict, out.tie.data() + begin, n, block_counts.data());
  for (std::size_t kind = 0; kind < verdict_kinds; ++kind)
    counts.by_verdict[kind] += block_counts[kind];
  ties += block_counts[verdict_kinds];
}

void resize(Decisions& out, std::size_t samples) {
  out.label.resize(samples);
  out.score.resize(samples);
  out.accept.resize(samples);
  out.tie.resize(samples);
  out.verdict.resize(samples);
  out.counts = {};
  out.ties_broken = 0;
  out.losses = nullptr;
}

/// `fill(begin, end)` writes label, score, accept and tie; the verdicts follow.
template <class Fill>
void decide_with(const VoteTable& votes, std::size_t threads, Decisions& out, const Fill& fill) {
  resize(out, votes.samples());
  std::mutex mutex;
  parallel_ranges(votes.samples(), vote_block, threads, [&](std::size_t begin, std::size_t end) {
    VerdictCounts counts;
    std::int64_t ties = 0;
    for (std::size_t first = begin; first < end; first += judge_block) {
      const std::size_t last = std::min(first + judge_block, end);
      fill(first, last);
      judge_range(votes, first, last, out, counts, ties);
    }
    const std::lock_guard lock(mutex);
    for (std::size_t kind = 0; kind < verdict_kinds; ++kind)
      out.counts.by_verdict[kind] += counts.by_verdict[kind];
    out.ties_broken += ties;
  });
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return "kept";
    case Verdict::undetected: return "undetected misprediction";
    case Verdict::caught: return "caught";
    case Verdict::needlessly_rejected: return "needlessly rejected";
    case Verdict::unjudged: return "not judged";
  }
  return "not judged";
}

void tally(Decisions& decisions) {
  decisions.counts = {};
  decisions.ties_broken = 0;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    ++decisions.counts.by_verdict[static_cast<std::size_t>(decisions.verdict[i])];
    decisions.ties_broken += decisions.verdict[i] != Verdict::unjudged && decisions.tie[i] != 0;
  }
}

std::int64_t VerdictCounts::judged() const {
  return accepted() + (*this)[Verdict::caught] + (*this)[Verdict::needlessly_rejected];
}
std::int64_t VerdictCounts::accepted() const {
  return (*this)[Verdict::kept] + (*this)[Verdict::undetected];
}
double VerdictCounts::accuracy() const {
  return ratio((*this)[Verdict::kept] + (*this)[Verdict::needlessly_rejected], judged());
}
double VerdictCounts::coverage() const { return ratio(accepted(), judged()); }
double VerdictCounts::selective_risk() const {
  return ratio((*this)[Verdict::undetected], accepted());
}
double VerdictCounts::generalized_risk() const {
  return ratio((*this)[Verdict::undetected], judged());
}

void decide(const BoundPolicy& policy, const VoteTable& votes, Decisions& out,
            std::size_t threads) {
  decide_with(votes, threads, out, [&](std::size_t begin, std::size_t end) {
    score_block(policy, {votes, begin, end}, {out.label, out.score, out.accept, out.tie});
  });
}

void decide(const BoundPolicy& policy, const ReducedScores& reduced, const VoteTable& votes,
            Decisions& out, std::size_t threads) {
  decide_with(votes, threads, out, [&](std::size_t begin, std::size_t end) {
    const auto copy = [&](const auto& from, auto& to) {
      std::copy(from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(end),
                to.begin() + static_cast<std::ptrdiff_t>(begin));
    };
    copy(reduced.label, out.label);
    copy(reduced.score, out.score);
    copy(reduced.tie, out.tie);
    if (!accept_by_score(policy, out.score, begin, end, out.accept))
      copy(reduced.accept, out.accept);
  });
  out.losses = reduced.losses;
}

}  // namespace plumbline

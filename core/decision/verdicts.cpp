#include "core/decision/verdicts.h"

#include <limits>
#include <mutex>

#include "core/decision/parallel_ranges.h"
#include "core/decision/vectorised.h"
#include "core/decision/vote_counting.h"

namespace plumbline {

namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                   : std::numeric_limits<double>::quiet_NaN();
}

PLUMBLINE_VECTORISED void note_missing(const ClassIndex* classes, std::size_t n,
                                       std::uint8_t* missing) {
  for (std::size_t i = 0; i < n; ++i) missing[i] |= classes[i] == no_class ? 1 : 0;
}

// kept 0, undetected 1, caught 2, needlessly rejected 3, unjudged 4
PLUMBLINE_VECTORISED void judge(const ClassIndex* label, const ClassIndex* truth,
                                const std::uint8_t* accept, const std::uint8_t* missing,
                                std::size_t n, std::uint8_t* verdict) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool right = label[i] == truth[i];
    const std::uint8_t accepted = right ? 0 : 1, rejected = right ? 3 : 2;
    const std::uint8_t judged = accept[i] ? accepted : rejected;
    verdict[i] = missing[i] ? std::uint8_t{4} : judged;
  }
}

PLUMBLINE_VECTORISED void count_verdicts(const std::uint8_t* verdict, const std::uint8_t* tie,
                                         std::size_t n, std::uint16_t* counts) {
  std::uint16_t undetected = 0, caught = 0, rejected = 0, unjudged = 0, ties = 0;
  for (std::size_t i = 0; i < n; ++i) {
    undetected = static_cast<std::uint16_t>(undetected + (verdict[i] == 1));
    caught = static_cast<std::uint16_t>(caught + (verdict[i] == 2));
    rejected = static_cast<std::uint16_t>(rejected + (verdict[i] == 3));
    unjudged = static_cast<std::uint16_t>(unjudged + (verdict[i] == 4));
    ties = static_cast<std::uint16_t>(ties + (tie[i] && verdict[i] != 4));
  }
  counts[0] = static_cast<std::uint16_t>(n - undetected - caught - rejected - unjudged);
  counts[1] = undetected;
  counts[2] = caught;
  counts[3] = rejected;
  counts[4] = unjudged;
  counts[5] = ties;
}

/// Verdicts and their counts from label and accept of samples [begin, end).
void judge_range(const VoteTable& votes, std::size_t begin, std::size_t end, Decisions& out,
                 VerdictCounts& counts, std::int64_t& ties) {
  auto* verdict = reinterpret_cast<std::uint8_t*>(out.verdict.data());
  for (std::size_t first = begin; first < end; first += vote_block) {
    const std::size_t n = std::min(vote_block, end - first);
    std::array<std::uint8_t, vote_block> missing{};
    note_missing(votes.labels.data() + first, n, missing.data());
    for (const VoterVotes& voter : votes.voters)
      note_missing(voter.predicted.data() + first, n, missing.data());
    judge(out.label.data() + first, votes.labels.data() + first, out.accept.data() + first,
          missing.data(), n, verdict + first);
    std::array<std::uint16_t, verdict_kinds + 1> block_counts;
    count_verdicts(verdict + first, out.tie.data() + first, n, block_counts.data());
    for (std::size_t kind = 0; kind < verdict_kinds; ++kind)
      counts.by_verdict[kind] += block_counts[kind];
    ties += block_counts[verdict_kinds];
  }
}

void resize(Decisions& out, std::size_t samples) {
  out.label.resize(samples);
  out.score.resize(samples);
  out.accept.resize(samples);
  out.tie.resize(samples);
  out.verdict.resize(samples);
  out.counts = {};
  out.ties_broken = 0;
}

/// `fill(begin, end)` writes label, score, accept and tie; then the verdicts follow, while the block
/// is still in the cache.
template <class Fill>
void decide_with(const VoteTable& votes, Decisions& out, const Fill& fill) {
  resize(out, votes.samples());
  std::mutex mutex;
  parallel_ranges(votes.samples(), vote_block, 0, [&](std::size_t begin, std::size_t end) {
    VerdictCounts counts;
    std::int64_t ties = 0;
    constexpr std::size_t stretch = 16 * vote_block;
    for (std::size_t first = begin; first < end; first += stretch) {
      const std::size_t last = std::min(first + stretch, end);
      fill(first, last);
      judge_range(votes, first, last, out, counts, ties);
    }
    const std::lock_guard lock(mutex);
    for (std::size_t kind = 0; kind < verdict_kinds; ++kind)
      out.counts.by_verdict[kind] += counts.by_verdict[kind];
    out.ties_broken += ties;
  });
}

PLUMBLINE_VECTORISED void apply_threshold(const float* score, float threshold, std::size_t n,
                                          std::uint8_t* accept) {
  for (std::size_t i = 0; i < n; ++i) accept[i] = score[i] >= threshold ? 1 : 0;
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

void decide(const Policy& policy, const VoteTable& votes, Decisions& out) {
  decide_with(votes, out, [&](std::size_t begin, std::size_t end) {
    policy.kind().vote(votes, policy.values(), begin, end,
                       {out.label, out.score, out.accept, out.tie});
  });
}

void decide(const Policy& policy, const ReducedScores& reduced, const VoteTable& votes,
            Decisions& out) {
  const auto threshold = static_cast<float>(policy.values()[0]);
  decide_with(votes, out, [&](std::size_t begin, std::size_t end) {
    const auto first = static_cast<std::ptrdiff_t>(begin), size = static_cast<std::ptrdiff_t>(end - begin);
    std::copy_n(reduced.label.begin() + first, size, out.label.begin() + first);
    std::copy_n(reduced.score.begin() + first, size, out.score.begin() + first);
    std::fill_n(out.tie.begin() + first, size, std::uint8_t{0});
    apply_threshold(reduced.score.data() + begin, threshold, end - begin, out.accept.data() + begin);
  });
}

}  // namespace plumbline

#include "core/decision/vote_counting.h"

#include <algorithm>

#include "core/decision/vectorised.h"

namespace plumbline {

namespace {

using Column = std::array<std::uint16_t, vote_block>;

/// 1 where a vote counts.
PLUMBLINE_VECTORISED void mark_counted(const float* confidence, float threshold, std::size_t n,
                                       std::uint16_t* counted) {
  for (std::size_t i = 0; i < n; ++i) counted[i] = confidence[i] >= threshold ? 1 : 0;
}

/// count[i] += whether the other voter's counted vote is for the candidate's class.
PLUMBLINE_VECTORISED void add_agreeing(const ClassIndex* candidate, const ClassIndex* other,
                                       std::size_t n, std::uint16_t* count) {
  for (std::size_t i = 0; i < n; ++i)
    count[i] = static_cast<std::uint16_t>(count[i] + (candidate[i] == other[i] ? 1 : 0));
}

PLUMBLINE_VECTORISED void add_agreeing_counted(const ClassIndex* candidate, const ClassIndex* other,
                                               const std::uint16_t* counted, std::size_t n,
                                               std::uint16_t* count) {
  for (std::size_t i = 0; i < n; ++i)
    count[i] =
        static_cast<std::uint16_t>(count[i] + (candidate[i] == other[i] ? counted[i] : 0));
}

/// Keeps the candidate where it has more votes; notes where another class has as many.
PLUMBLINE_VECTORISED void keep_better(const ClassIndex* candidate, const std::uint16_t* count,
                                      std::size_t n, ClassIndex* label, std::uint16_t* votes,
                                      std::uint16_t* tie) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool better = count[i] > votes[i];
    const bool equal = count[i] == votes[i] && count[i] > 0 && candidate[i] != label[i];
    tie[i] = static_cast<std::uint16_t>(better ? 0 : equal ? 1 : tie[i]);
    label[i] = better ? candidate[i] : label[i];
    votes[i] = better ? count[i] : votes[i];
  }
}

PLUMBLINE_VECTORISED void add_confidence(const ClassIndex* predicted, const float* confidence,
                                         const ClassIndex* label, float threshold, std::size_t n,
                                         double* sum) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool counts = predicted[i] == label[i] && confidence[i] >= threshold;
    sum[i] += counts ? static_cast<double>(confidence[i]) : 0.0;
  }
}

/// The rule for ties, for one sample.
void break_tie(const VoteTable& votes, float threshold, std::size_t sample, std::size_t i,
               VoteCount& out) {
  const std::uint16_t most = out.votes[i];
  double best = -1;
  ClassIndex label = no_class;
  for (const VoterVotes& candidate : votes.voters) {
    const ClassIndex c = candidate.predicted[sample];
    std::uint16_t count = 0;
    double sum = 0;
    for (const VoterVotes& voter : votes.voters)
      if (voter.predicted[sample] == c && voter.confidence[sample] >= threshold) {
        ++count;
        sum += static_cast<double>(voter.confidence[sample]);
      }
    if (count == most && (sum > best || (sum == best && c < label))) {
      best = sum;
      label = c;
    }
  }
  out.label[i] = label;
  out.confidence[i] = best;
}

}  // namespace

void count_votes(const VoteTable& votes, std::optional<float> threshold, std::size_t begin,
                 std::size_t n, VoteCount& out) {
  // Without a threshold every vote counts, whatever its confidence.
  const float least = threshold.value_or(-1.0F);
  std::vector<Column> counted(threshold ? votes.voters.size() : 0);
  for (std::size_t v = 0; v < counted.size(); ++v)
    mark_counted(votes.voters[v].confidence.data() + begin, least, n, counted[v].data());

  std::fill_n(out.label.begin(), n, no_class);
  std::fill_n(out.votes.begin(), n, std::uint16_t{0});
  std::fill_n(out.tie.begin(), n, std::uint16_t{0});
  Column count;
  for (const VoterVotes& candidate : votes.voters) {
    const ClassIndex* classes = candidate.predicted.data() + begin;
    std::fill_n(count.begin(), n, std::uint16_t{0});
    for (std::size_t v = 0; v < votes.voters.size(); ++v) {
      const ClassIndex* other = votes.voters[v].predicted.data() + begin;
      if (threshold)
        add_agreeing_counted(classes, other, counted[v].data(), n, count.data());
      else
        add_agreeing(classes, other, n, count.data());
    }
    keep_better(classes, count.data(), n, out.label.data(), out.votes.data(), out.tie.data());
  }
  std::fill_n(out.confidence.begin(), n, 0.0);
  for (const VoterVotes& voter : votes.voters)
    add_confidence(voter.predicted.data() + begin, voter.confidence.data() + begin,
                   out.label.data(), least, n, out.confidence.data());
  for (std::size_t i = 0; i < n; ++i)
    if (out.tie[i]) break_tie(votes, least, begin + i, i, out);
}

}  // namespace plumbline

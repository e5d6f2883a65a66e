#include "core/metrics/voter_pairs.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "core/types/threads.h"

namespace plumbline {

namespace {

VoterPair compare_voters(const VoteTable& votes, std::size_t first, std::size_t second) {
  const ClassIndex *a = votes.voters[first].predicted.data(),
                   *b = votes.voters[second].predicted.data(), *truth = votes.labels.data();
  VoterPair pair;
  // In 32 bits, block by block, so that the loop becomes vectors.
  constexpr std::size_t block = 1 << 16;
  for (std::size_t begin = 0; begin < votes.samples(); begin += block) {
    const std::size_t end = std::min(begin + block, votes.samples());
    std::uint32_t samples = 0, both = 0, one = 0, other = 0, same = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t judged = static_cast<std::uint32_t>(
          (truth[i] != no_class) & (a[i] != no_class) & (b[i] != no_class));
      const std::uint32_t right_a = judged & static_cast<std::uint32_t>(a[i] == truth[i]);
      const std::uint32_t right_b = judged & static_cast<std::uint32_t>(b[i] == truth[i]);
      samples += judged;
      both += right_a & right_b;
      one += right_a & (1U - right_b);
      other += right_b & (1U - right_a);
      same += judged & static_cast<std::uint32_t>(a[i] == b[i]);
    }
    pair.samples += samples;
    pair.both_right += both;
    pair.only_first += one;
    pair.only_second += other;
    pair.same_class += same;
  }
  return pair;
}

}  // namespace

std::optional<double> VoterPair::disagreement() const {
  if (samples == 0) return std::nullopt;
  return 1 - static_cast<double>(same_class) / static_cast<double>(samples);
}

std::optional<double> VoterPair::error_correlation() const {
  const auto n = static_cast<double>(samples);
  const auto wrong_first = static_cast<double>(only_second + both_wrong());
  const auto wrong_second = static_cast<double>(only_first + both_wrong());
  const double spread = wrong_first * (n - wrong_first) * wrong_second * (n - wrong_second);
  if (!(spread > 0)) return std::nullopt;
  return (n * static_cast<double>(both_wrong()) - wrong_first * wrong_second) / std::sqrt(spread);
}

VoterPairs::VoterPairs(const VoteTable& votes)
    : voters_(votes.voters.size()), pairs_(voters_ * voters_) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t first = next++; first < voters_; first = next++)
      for (std::size_t second = first; second < voters_; ++second)
        pairs_[first * voters_ + second] = compare_voters(votes, first, second);
  };
  const auto helpers = start_threads(core_count() - 1, work);
  work();
}

VoterPair VoterPairs::at(std::size_t first, std::size_t second) const {
  if (first <= second) return pairs_[first * voters_ + second];
  VoterPair pair = pairs_[second * voters_ + first];
  std::swap(pair.only_first, pair.only_second);
  return pair;
}

}  // namespace plumbline

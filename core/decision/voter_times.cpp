#include "core/decision/voter_times.h"

#include <algorithm>
#include <cstddef>

namespace plumbline {

VoterTimes VoterTimes::of(std::span<const std::size_t> voters) const {
  VoterTimes some{batch, {}, {}};
  for (const std::size_t voter : voters) {
    if (!latency_ms.empty()) some.latency_ms.push_back(latency_ms[voter]);
    if (!sizes.empty()) some.sizes.push_back(sizes[voter]);
  }
  return some;
}

std::optional<double> VoterTimes::at_share(std::size_t voter, double share) const {
  if (voter >= latency_ms.size() || !latency_ms[voter]) return std::nullopt;
  if (share >= 1 || voter >= sizes.size() || sizes[voter].size() < 2)
    return share * *latency_ms[voter];
  const std::vector<BatchTime>& known = sizes[voter];
  const double left = share * batch;
  const auto above = std::ranges::lower_bound(known, left, {}, &BatchTime::batch);
  if (above == known.begin()) return std::min(left, 1.0) * above->ms;
  if (above == known.end()) return left / known.back().batch * known.back().ms;
  const BatchTime &a = *(above - 1), &b = *above;
  return a.ms + (b.ms - a.ms) * (left - a.batch) / (b.batch - a.batch);
}

std::optional<double> VoterTimes::expected_ms(std::span<const double> shares) const {
  // Small batches of one voter are not held against another's that are only taken in proportion.
  std::vector<std::size_t> asked;
  for (std::size_t v = 0; v < std::min(shares.size(), sizes.size()); ++v)
    if (shares[v] != 0) asked.push_back(v);
  const std::vector<double> common = of(asked).common_sizes();
  VoterTimes alike = *this;
  for (auto& known : alike.sizes)
    std::erase_if(known, [&](const BatchTime& own) {
      return std::ranges::find(common, own.batch) == common.end();
    });
  double sum = 0;
  for (std::size_t v = 0; v < shares.size(); ++v) {
    if (shares[v] == 0) continue;
    const auto ms = alike.at_share(v, shares[v]);
    if (!ms) return std::nullopt;
    sum += *ms;
  }
  return sum;
}

std::vector<double> VoterTimes::common_sizes() const {
  std::vector<double> common;
  if (sizes.empty()) return common;
  for (const BatchTime& own : sizes.front())
    if (std::ranges::all_of(sizes, [&](const auto& known) {
          return std::ranges::find(known, own.batch, &BatchTime::batch) != known.end();
        }))
      common.push_back(own.batch);
  return common;
}

}  // namespace plumbline

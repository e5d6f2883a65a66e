#include "core/decision/policies/baseline_coverage.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

namespace plumbline {

Result<void> keep_baseline_coverage(BoundPolicy& policy, const BindData& data, double unset,
                                    double sign) {
  policy.learned.numbers["t"];  // where it is given, nothing is learned
  if (policy.policy.number(0) != unset) return {};
  const std::string name(policy.policy.kind().name);
  if (data.fit == nullptr)
    return usage_error(
        fmt::format("the threshold t of '{}' is not given, nor a split to choose it on", name),
        "--policy", fmt::format("write {}(t=…), or name a split (--fit-on)", name));
  const auto baseline = make_policy("mcp", policy.policy.voters());
  const double least = baseline->number(0);
  std::vector<double> scores;
  std::size_t accepted = 0;
  const std::size_t n = data.fit->votes.samples();
  std::vector<ClassIndex> label(n);
  std::vector<double> score(n);
  std::vector<std::uint8_t> accept(n), tie(n);
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    policy.policy.kind().score(policy, block, {label, score, accept, tie});
    for (std::size_t i = block.begin; i < block.end; ++i) {
      if (!block.votes.has_all_outputs(i)) continue;
      scores.push_back(score[i]);
      accepted += block.votes.voters.front().confidence[i] >= static_cast<float>(least) ? 1 : 0;
    }
  }));
  if (scores.empty())
    return bad_input(fmt::format("'{}' has no sample to choose a threshold on", data.fit->split),
                     "--fit-on");
  std::ranges::sort(scores, std::greater());
  // As many as the baseline, or one where it accepts none.
  const double chosen = scores[std::max<std::size_t>(accepted, 1) - 1];
  policy.policy = policy.policy.with_value(0, sign * chosen);
  policy.learned.split = data.fit->split;
  policy.learned.numbers["t"] = {policy.policy.number(0)};
  return {};
}

}  // namespace plumbline

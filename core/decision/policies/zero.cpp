#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/counted_votes.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

constexpr std::size_t fewest = 3;
double zero_fraction(std::size_t /*voters*/) { return 0.1; }

constexpr PolicyParameter zero_parameters[] = {
    {.name = "fraction",
     .meaning = "share of the voters that vote, the most confident ones for each input",
     .minimum = 0.001,
     .maximum = parameters::one,
     .default_value = zero_fraction}};

/// Voters that vote; not fewer for a product that is rounded down from a whole number.
std::size_t voters_in_fraction(const Policy& policy) {
  return static_cast<std::size_t>(
      std::floor(policy.number(0) * static_cast<double>(policy.voters()) + 1e-9));
}

/// Farina et al., "Frustratingly easy test-time adaptation", 2024: only the surest votes, taken
/// anew for each sample, count. Of equally sure ones the earlier voter's does.
void count_surest_votes(const BoundPolicy& policy, const PolicyBlock& block,
                        const PolicyOutput& out) {
  const std::size_t counted = voters_in_fraction(policy.policy);
  const auto& voters = block.votes.voters;
  const std::size_t n = block.end - block.begin;
  // As a table of `counted` voters, whose columns are filled sample by sample.
  std::vector<ClassIndex> predicted(counted * n);
  std::vector<float> confidence(counted * n);
  std::vector<std::size_t> order(voters.size());
  for (std::size_t i = 0; i < n; ++i) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto sure = [&](std::size_t v) {
      const float value = voters[v].confidence[block.begin + i];
      return value > 0 ? value : 0;
    };
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(counted),
                              [&](std::size_t a, std::size_t b) {
                                return sure(a) != sure(b) ? sure(a) > sure(b) : a < b;
                              });
    for (std::size_t k = 0; k < counted; ++k) {
      predicted[k * n + i] = voters[order[k]].predicted[block.begin + i];
      confidence[k * n + i] = voters[order[k]].confidence[block.begin + i];
    }
  }
  VoteTable surest{block.votes.labels.subspan(block.begin, n), {}};
  for (std::size_t k = 0; k < counted; ++k)
    surest.voters.push_back(
        {std::span(predicted).subspan(k * n, n), std::span(confidence).subspan(k * n, n), {}});
  count_votes({surest, 0, n}, std::nullopt, counted / 2 + 1,
              {out.label.subspan(block.begin, n), out.score.subspan(block.begin, n),
               out.accept.subspan(block.begin, n), out.tie.subspan(block.begin, n)});
}

Result<void> require_enough_voters(BoundPolicy& policy, const BindData& /*data*/) {
  if (voters_in_fraction(policy.policy) >= fewest) return {};
  const double fraction = policy.policy.number(0);
  return usage_error(fmt::format("'zero' with fraction {} of {} voters has fewer than {} votes",
                                 value_text(fraction, false), policy.policy.voters(), fewest),
                     "--policy",
                     fmt::format("it needs {:.0f} voters, or a greater fraction",
                                 std::ceil(static_cast<double>(fewest) / fraction - 1e-9)));
}

std::string explain_surest_votes(const BoundPolicy& policy, const VoteTable& /*votes*/,
                                 const DecidedSample& decided) {
  // The score is the votes and their mean confidence, which may be 1.
  const double counted = std::max(std::ceil(decided.score) - 1, 0.0);
  const std::size_t voting = voters_in_fraction(policy.policy);
  return fmt::format("{:.0f} of the {} most confident votes, needs {}", counted, voting,
                     voting / 2 + 1);
}

}  // namespace

extern const PolicyKind zero_policy;
const PolicyKind zero_policy = {
    .name = "zero",
    .summary =
        "most voted class among the most confident voters for each input, where most of them agree",
    .parameters = zero_parameters,
    .score = count_surest_votes,
    .explain = explain_surest_votes,
    .bind = require_enough_voters};

}  // namespace plumbline

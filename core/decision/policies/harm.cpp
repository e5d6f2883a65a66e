#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/decision/policies/cost_matrix.h"
#include "core/decision/policies/counted_costs.h"
#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

double most_harm(std::size_t /*voters*/) { return 1e6; }
double tenth_of_an_error(std::size_t /*voters*/) { return 0.1; }

constexpr PolicyParameter harm_parameters[] = {
    {.name = "reject",
     .meaning = "greatest expected cost that is accepted, that is the cost of rejecting",
     .use = ParameterUse::accepts,
     .maximum = most_harm,
     .default_value = tenth_of_an_error},
    {.name = "costs",
     .meaning = "a cost matrix (CSV or JSON); none: 1 for every error",
     .type = ParameterType::file}};

/// Chow's rule with a cost matrix (1970): the class of least expected cost. Without a matrix that
/// is the most probable one, at 1 − p. Classes beyond the matrix cost as without one.
TopClass least_harm(std::span<const double> distribution, std::span<const double> costs) {
  const TopClass top = top_of(distribution);
  if (costs.empty()) return {top.label, top.probability - 1};
  const auto known =
      static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(costs.size()))));
  TopClass best{no_class, -std::numeric_limits<double>::infinity()};
  for (std::size_t j = 0; j < distribution.size(); ++j) {
    double cost = 0;
    for (std::size_t i = 0; i < distribution.size(); ++i)
      cost += distribution[i] * (i < known && j < known ? costs[i * known + j]
                                 : i == j               ? 0.0
                                                        : 1.0);
    if (-cost > best.probability) best = {static_cast<ClassIndex>(j), -cost};
  }
  return best;
}

void score_expected_harm(const BoundPolicy& policy, const PolicyBlock& block,
                         const PolicyOutput& out) {
  const auto costs = policy.learned[counted_costs];
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    return least_harm(mean, costs);
  });
}

double least_of_harm(const BoundPolicy& policy) { return -policy.policy.number(0); }

Result<void> read_costs(BoundPolicy& policy, const BindData& data) {
  policy.learned.numbers[std::string(counted_costs)];
  const std::string& file = policy.policy.text(1);
  if (file.empty()) return {};
  auto matrix = load_cost_matrix(file);
  TRY(matrix);
  if (!data.classes.empty()) {
    matrix = in_order_of(*matrix, data.classes, file);
    TRY(matrix);
  }
  policy.learned.numbers[std::string(counted_costs)] = std::move(matrix->costs);
  return {};
}

constexpr LearnedPart harm_learns[] = {{counted_costs}};

}  // namespace

extern const PolicyKind harm_policy;
const PolicyKind harm_policy = {
    .name = "harm",
    .summary = "class of least expected cost under a cost matrix where that is at most reject",
    .parameters = harm_parameters,
    .traits = {.needs = PolicyNeeds::distributions, .has_distribution = true},
    .learns = harm_learns,
    .score = score_expected_harm,
    .least_score = least_of_harm,
    .bind = read_costs};

}  // namespace plumbline

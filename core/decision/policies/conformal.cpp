#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"

namespace plumbline {

namespace {

double alpha_given(std::size_t /*voters*/) { return 0.1; }
double lambda_given(std::size_t /*voters*/) { return 0.01; }
double most_lambda(std::size_t /*voters*/) { return 10; }
double k_given(std::size_t /*voters*/) { return 5; }
double most_k(std::size_t /*voters*/) { return 65'536; }

constexpr PolicyParameter conformal_parameters[] = {
    {.name = "alpha",
     .meaning = "share of true classes that the prediction set may miss",
     .minimum = 1e-6,
     .maximum = parameters::one,
     .default_value = alpha_given},
    {.name = "lambda",
     .meaning = "what each class of the set beyond k_reg adds; 0 is APS",
     .maximum = most_lambda,
     .default_value = lambda_given},
    {.name = "k_reg",
     .meaning = "size from which a set is penalised",
     .type = ParameterType::integer,
     .maximum = most_k,
     .default_value = k_given}};

/// RAPS' score of the class at `rank` (1 the most probable), with `sum` the probabilities down to
/// it (Angelopoulos et al. 2021).
double set_score(const BoundPolicy& policy, double sum, std::size_t rank) {
  return sum + policy.policy.number(1) *
                   std::max(0.0, static_cast<double>(rank) - policy.policy.number(2));
}

/// That of the true class; of equal probabilities the lower class comes first.
double score_of_class(const BoundPolicy& policy, std::span<const double> distribution,
                      ClassIndex truth) {
  const double own = distribution[truth];
  double sum = own;
  std::size_t rank = 1;
  for (std::size_t c = 0; c < distribution.size(); ++c)
    if (distribution[c] > own || (distribution[c] == own && c < truth)) {
      sum += distribution[c];
      ++rank;
    }
  return set_score(policy, sum, rank);
}

/// Whether the set is the top class alone: the second one's score is above the quantile. Without a
/// quantile every class is in the set.
bool is_single(const BoundPolicy& policy, std::span<const double> distribution, ClassIndex top) {
  const auto quantile = policy.learned["quantile"];
  if (quantile.empty()) return false;
  double second = -1;
  for (std::size_t c = 0; c < distribution.size(); ++c)
    if (c != top) second = std::max(second, distribution[c]);
  return second < 0 || set_score(policy, distribution[top] + second, 2) > quantile.front();
}

void score_prediction_sets(const BoundPolicy& policy, const PolicyBlock& block,
                           const PolicyOutput& out) {
  std::size_t sample = block.begin;
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    const TopClass top = top_of(mean);
    out.accept[sample++] = is_single(policy, mean, top.label) ? 1 : 0;
    return top;
  });
  for (; sample < block.end; ++sample) out.accept[sample] = 0;  // no classes
}

/// The ⌈(n + 1)(1 − α)⌉-th smallest score of the true classes; none where that is beyond n: a
/// quantile that is moved into the range breaks its promise.
Result<void> learn_quantile(BoundPolicy& policy, const BindData& data) {
  std::vector<double> scores;
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    std::vector<const double*> rows(block.distributions.probabilities);
    std::vector<double> mean(block.distributions.classes);
    for (std::size_t i = block.begin; i < block.end; ++i) {
      mean_of_rows(rows, mean, block.distributions.weights);
      const ClassIndex truth = block.votes.labels[i];
      double mass = 0;
      for (const double p : mean) mass += p;
      // One whose class is not among those of the network is missed by every set.
      if (truth != no_class && mass > 0)
        scores.push_back(truth < mean.size() ? score_of_class(policy, mean, truth)
                                             : std::numeric_limits<double>::infinity());
      for (const double*& row : rows) row += mean.size();
    }
  }));
  policy.learned = {data.fit->split, {{"quantile", {}}, {"samples", {}}}};
  policy.learned.numbers["samples"] = {static_cast<double>(scores.size())};
  const double place = std::ceil((static_cast<double>(scores.size()) + 1) *
                                 (1 - policy.policy.number(0)) * (1 - 1e-12));
  if (place > static_cast<double>(scores.size()) || place < 1) return {};
  const auto nth = scores.begin() + static_cast<std::ptrdiff_t>(place) - 1;
  std::ranges::nth_element(scores, nth);
  if (std::isfinite(*nth)) policy.learned.numbers["quantile"] = {*nth};
  return {};
}

std::string explain_prediction_set(const BoundPolicy& policy, const VoteTable& /*votes*/,
                                   const DecidedSample& decided) {
  if (policy.learned["quantile"].empty())
    return fmt::format("nothing is accepted: {:.0f} samples of '{}' are too few for alpha {}",
                       policy.learned["samples"].empty() ? 0 : policy.learned["samples"].front(),
                       policy.learned.split, value_text(policy.policy.number(0), false));
  return decided.accept ? "one class in the prediction set"
                        : "several classes in the prediction set";
}

constexpr LearnedPart conformal_learns[] = {{"quantile"}, {"samples"}};

}  // namespace

extern const PolicyKind conformal_policy;
const PolicyKind conformal_policy = {
    .name = "conformal",
    .summary = "argmax of the mean where its conformal prediction set (RAPS) is that class alone",
    .parameters = conformal_parameters,
    .traits = {.needs = PolicyNeeds::distributions,
               .fitted = true,
               .score_is_probability = true,
               .has_distribution = true},
    .learns = conformal_learns,
    .score = score_prediction_sets,
    .explain = explain_prediction_set,
    .bind = learn_quantile};

}  // namespace plumbline

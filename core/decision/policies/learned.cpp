#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/logistic_regression.h"
#include "core/decision/policies/parameters.h"
#include "core/decision/policies/uncertainty.h"

namespace plumbline {

namespace {

constexpr std::size_t common_features = 4;
std::size_t count_of_coefficients(std::size_t voters) { return 1 + common_features + voters; }

/// The mean's maximum, the weight of the voters that vote for its class, its entropy, the voters'
/// mutual information, and each voter's own maximum.
struct FeatureMaker {
  std::span<const double> weights;

  TopClass operator()(std::span<const double* const> rows, std::span<double> mean,
                      std::span<double> features) const {
    mean_of_rows(rows, mean, weights);
    const TopClass top = top_of(mean);
    double agreement = 0;
    for (std::size_t v = 0; v < rows.size(); ++v) {
      const TopClass own = top_of({rows[v], mean.size()});
      features[common_features + v] = own.probability;
      if (own.label == top.label) agreement += weight_of(v, rows.size(), weights);
    }
    features[0] = top.probability;
    features[1] = agreement;
    features[2] = entropy_of(mean);
    features[3] = mutual_information(rows, mean, weights);
    return top;
  }
};

void score_learned(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const auto coefficients = policy.learned["coefficients"];
  std::vector<double> features(coefficients.size() - 1);
  const FeatureMaker make{block.distributions.weights};
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    const TopClass top = make(rows, mean, features);
    return TopClass{top.label, logistic_probability(coefficients, features)};
  });
}

Result<void> fit_regression(BoundPolicy& policy, const BindData& data) {
  const std::size_t width = common_features + policy.policy.voters();
  std::vector<double> rows_of_features;
  std::vector<std::uint8_t> right;
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    std::vector<const double*> rows(block.distributions.probabilities);
    std::vector<double> mean(block.distributions.classes), features(width);
    const FeatureMaker make{block.distributions.weights};
    for (std::size_t i = block.begin; i < block.end; ++i) {
      const TopClass top = mean.empty() ? TopClass() : make(rows, mean, features);
      // Where a voter has no output, all of its probabilities are 0.
      const bool complete = std::ranges::all_of(std::span(features).subspan(common_features),
                                                [](double own) { return own > 0; });
      if (block.votes.labels[i] != no_class && top.label != no_class && complete) {
        rows_of_features.insert(rows_of_features.end(), features.begin(), features.end());
        right.push_back(top.label == block.votes.labels[i] ? 1 : 0);
      }
      for (const double*& row : rows) row += mean.size();
    }
  }));
  const auto fitted = fit_logistic_regression(rows_of_features, width, right);
  if (!fitted)
    return bad_input(fmt::format("'learned' cannot be fitted on '{}': it needs samples that are "
                                 "right and samples that are wrong",
                                 data.fit->split),
                     "--fit-on", "fit it on a split on which the voters err");
  policy.learned = {data.fit->split, {{"coefficients", *fitted}}};
  return {};
}

constexpr LearnedPart learned_learns[] = {{"coefficients", count_of_coefficients}};

}  // namespace

extern const PolicyKind learned_policy;
const PolicyKind learned_policy = {
    .name = "learned",
    .summary =
        "argmax of the mean where a logistic regression on the voters' confidences, "
        "agreement and entropies finds it right with at least t",
    .parameters = parameters::confidence_threshold,
    .traits = {.needs = PolicyNeeds::distributions,
               .fitted = true,
               .score_is_probability = true,
               .has_distribution = true},
    .learns = learned_learns,
    .score = score_learned,
    .least_score = parameters::least_confidence,
    .bind = fit_regression};

}  // namespace plumbline

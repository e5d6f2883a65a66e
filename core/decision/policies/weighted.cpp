#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/wrapping.h"

namespace plumbline {

namespace {

constexpr std::string_view ways_to_weigh[] = {"likelihood", "greedy"};
double most_weight(std::size_t /*voters*/) { return 1e6; }

constexpr PolicyParameter weighted_parameters[] = {
    {.name = "inner",
     .meaning = "the policy that decides on the weighted voters",
     .type = ParameterType::policy,
     .use = ParameterUse::accepts,
     .default_text = "mean"},
    {.name = "weights",
     .meaning = "one per voter, of any sum; none: fitted on a split",
     .type = ParameterType::list,
     .maximum = most_weight},
    {.name = "by",
     .meaning = "how they are fitted: the weights of greatest likelihood, or voters chosen one by "
                "one with replacement",
     .type = ParameterType::word,
     .words = ways_to_weigh}};

/// What each voter gives the true class: samples × voters, row-major.
Result<std::vector<double>> probabilities_of_truth(const FitData& fit, std::size_t voters) {
  std::vector<double> rows;
  TRY(fit.for_each_block([&](const PolicyBlock& block) {
    const std::size_t classes = block.distributions.classes;
    for (std::size_t i = block.begin; i < block.end; ++i) {
      const ClassIndex truth = block.votes.labels[i];
      if (truth >= classes) continue;
      for (std::size_t v = 0; v < voters; ++v)
        rows.push_back(std::max(
            block.distributions.probabilities[v][(i - block.begin) * classes + truth], 1e-38));
    }
  }));
  return rows;
}

/// The weights on the simplex with the greatest likelihood of the weighted mean, which is concave:
/// by the EM steps of a mixture, w_v ← w_v · mean_i p_iv / Σ w p_i, until the condition of
/// optimality (none of these means above 1) holds to 1e-9; the likelihood is then as near to the
/// greatest.
std::vector<double> likeliest_weights(const std::vector<double>& rows, std::size_t voters) {
  std::vector<double> weights(voters, 1.0 / static_cast<double>(voters)), means(voters);
  const auto samples = static_cast<double>(rows.size() / voters);
  for (int pass = 0; pass < 20'000; ++pass) {
    std::ranges::fill(means, 0.0);
    for (std::size_t i = 0; i < rows.size(); i += voters) {
      const double* p = rows.data() + i;
      const double mixed = std::inner_product(weights.begin(), weights.end(), p, 0.0);
      for (std::size_t v = 0; v < voters; ++v) means[v] += p[v] / mixed;
    }
    for (std::size_t v = 0; v < voters; ++v) weights[v] *= means[v] / samples;
    if (std::ranges::max(means) / samples < 1 + 1e-9) break;
  }
  return weights;
}

/// R. Caruana et al., "Ensemble selection from libraries of models", 2004: with replacement, by
/// likelihood; the best of 100 rounds.
std::vector<double> greedy_weights(const std::vector<double>& rows, std::size_t voters) {
  constexpr int rounds = 100;
  const std::size_t samples = rows.size() / voters;
  std::vector<double> sum(samples, 0.0), counts(voters, 0.0), best;
  double best_loss = std::numeric_limits<double>::infinity();
  for (int round = 1; round <= rounds; ++round) {
    std::size_t chosen = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t v = 0; v < voters; ++v) {
      double loss = 0;
      for (std::size_t i = 0; i < samples; ++i)
        loss -= std::log((sum[i] + rows[i * voters + v]) / round);
      if (loss >= least) continue;
      least = loss;
      chosen = v;
    }
    ++counts[chosen];
    for (std::size_t i = 0; i < samples; ++i) sum[i] += rows[i * voters + chosen];
    if (least >= best_loss) continue;
    best_loss = least;
    best = counts;
  }
  const double all = std::accumulate(best.begin(), best.end(), 0.0);
  for (double& weight : best) weight /= all;
  return best;
}

using Weigher = std::vector<double> (*)(const std::vector<double>&, std::size_t);
/// In the order of `ways_to_weigh`.
constexpr std::array<Weigher, std::size(ways_to_weigh)> weighers = {likeliest_weights,
                                                                    greedy_weights};

Result<std::vector<double>> given_weights(const std::vector<double>& given, std::size_t voters) {
  const double sum = std::accumulate(given.begin(), given.end(), 0.0);
  if (given.size() != voters || !(sum > 0))
    return usage_error(fmt::format("{} weights with the sum {} are given for {} voters",
                                   given.size(), sum, voters),
                       "--policy", "give one per voter, not all of them 0");
  std::vector<double> weights = given;
  for (double& weight : weights) weight /= sum;
  return weights;
}

Result<std::vector<double>> fitted_weights(const Policy& policy, const BindData& data) {
  if (data.fit == nullptr)
    return usage_error("weights are fitted on a split, but none is named", "--policy",
                       "name a split (--fit-on), or give them: weights=2:1:1");
  const auto rows = probabilities_of_truth(*data.fit, policy.voters());
  TRY(rows);
  if (rows->empty())
    return bad_input(fmt::format("'{}' has no sample to weigh voters on", data.fit->split),
                     "--fit-on");
  const auto* way = std::ranges::find(ways_to_weigh, policy.text(2));
  return weighers[static_cast<std::size_t>(way - ways_to_weigh)](*rows, policy.voters());
}

DistributionBlock weighed(const BoundPolicy& policy, const PolicyBlock& block) {
  DistributionBlock distributions = block.distributions;
  distributions.weights = policy.learned["weights"];
  return distributions;
}

void score_weighted(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  wrapping::score_by_inner(policy, block, weighed(policy, block), nullptr, out);
}

Result<void> bind_weighted(BoundPolicy& policy, const BindData& data) {
  const std::vector<double>& given = policy.policy.list(1);
  auto weights = given.empty() ? fitted_weights(policy.policy, data)
                               : given_weights(given, policy.policy.voters());
  TRY(weights);
  policy.learned = {given.empty() ? data.fit->split : "", {{"weights", std::move(*weights)}}};
  if (data.fit == nullptr) return bind_inner(policy, data);
  const FitData fit{data.fit->split, data.fit->votes,
                    [&](const std::function<void(const PolicyBlock&)>& use) {
                      return data.fit->for_each_block([&](const PolicyBlock& block) {
                        PolicyBlock seen = block;
                        seen.distributions = weighed(policy, block);
                        use(seen);
                      });
                    }};
  BindData inner = data;
  inner.fit = &fit;
  return bind_inner(policy, inner);
}

PolicyTraits traits_of_weighted(const Policy& policy) {
  PolicyTraits traits = wrapping::traits_of_inner(policy, 0);
  traits.fitted |= policy.list(1).empty();
  return traits;
}

constexpr LearnedPart weighted_learns[] = {{"weights", one_per_voter}};

}  // namespace

extern const PolicyKind weighted_policy;
const PolicyKind weighted_policy = {
    .name = "weighted",
    .summary = "a policy on distributions whose voters have weights, given or fitted",
    .parameters = weighted_parameters,
    .traits = {.needs = PolicyNeeds::distributions, .fitted = true},
    .learns = weighted_learns,
    .score = score_weighted,
    .least_score = wrapping::least_score_of_inner,
    .explain = wrapping::explain_by_inner,
    .bind = bind_weighted,
    .traits_of = traits_of_weighted};

}  // namespace plumbline

#include <cmath>
#include <vector>

#include "core/decision/policies/baseline_coverage.h"
#include "core/decision/policies/distribution_rows.h"
#include "core/decision/policies/parameters.h"
#include "core/decision/policies/uncertainty.h"
#include "core/metrics/selective.h"

namespace plumbline {

namespace {

constexpr double chosen_norm = 0;
double no_norm_given(std::size_t /*voters*/) { return chosen_norm; }
double greatest_norm(std::size_t /*voters*/) { return 64; }

constexpr PolicyParameter pnorm_parameters[] = {
    {.name = "t",
     .meaning = "least ratio of the greatest logit to the p-norm that is accepted; −1: the value "
                "that accepts as many as mcp does on the split that it is fitted on",
     .use = ParameterUse::accepts,
     .minimum = chosen_when_bound,
     .maximum = parameters::one,
     .default_value = uncertainty::none_given},
    {.name = "p",
     .meaning = "exponent of the norm; 0: that of 1 to 10 with the least AUGRC on the split that "
                "it is fitted on",
     .maximum = greatest_norm,
     .default_value = no_norm_given}};

/// What has no probability is as improbable as float32 can say.
double finite_log(double p) { return std::log(std::max(p, 1e-38)); }

/// Cattelan, Silva, "How to fix a broken confidence estimator", 2024: the greatest centred logit
/// over the p-norm of all. Centred log-probabilities are centred logits. 0 where all are equal.
double normalised_maximum(std::span<const double> distribution, double p,
                          std::vector<double>& centred) {
  const auto classes = static_cast<double>(distribution.size());
  centred.resize(distribution.size());
  double mean = 0, greatest = 0;
  for (std::size_t c = 0; c < centred.size(); ++c)
    mean += (centred[c] = finite_log(distribution[c])) / classes;
  double top = -std::numeric_limits<double>::infinity();
  for (double& logit : centred) {
    logit -= mean;
    top = std::max(top, logit);
    greatest = std::max(greatest, std::abs(logit));
  }
  if (!(greatest > 0)) return 0;
  // Over the greatest, so that no power overflows.
  double sum = 0;
  for (const double logit : centred) sum += std::pow(std::abs(logit) / greatest, p);
  return top / greatest / std::pow(sum, 1 / p);
}

void score_norms(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const double p = policy.policy.number(1);
  std::vector<double> centred;
  score_rows(block, out, [&](std::span<const double* const> rows, std::span<double> mean) {
    mean_of_rows(rows, mean, block.distributions.weights);
    return TopClass{top_of(mean).label, normalised_maximum(mean, p, centred)};
  });
}

/// The AUGRC of a policy on the split that it is fitted on.
Result<double> augrc_on(const BoundPolicy& policy, const FitData& fit) {
  const std::size_t n = fit.votes.samples();
  std::vector<ClassIndex> label(n);
  std::vector<double> score(n), judged;
  std::vector<std::uint8_t> accept(n), tie(n), right;
  TRY(fit.for_each_block([&](const PolicyBlock& block) {
    score_norms(policy, block, {label, score, accept, tie});
    for (std::size_t i = block.begin; i < block.end; ++i) {
      if (block.votes.labels[i] == no_class) continue;
      judged.push_back(score[i]);
      right.push_back(label[i] == block.votes.labels[i]);
    }
  }));
  return selective_metrics(judged, right).augrc.value_or(1);
}

Result<void> choose_norm(BoundPolicy& policy, const BindData& data) {
  policy.learned.numbers["p"];  // where it is given, nothing is learned
  if (policy.policy.number(1) == chosen_norm) {
    if (data.fit == nullptr)
      return usage_error("the exponent p of 'pnorm' is not given, nor a split to choose it on",
                         "--policy", "write pnorm(t=…,p=…), or name a split (--fit-on)");
    double least = std::numeric_limits<double>::infinity();
    Policy best = policy.policy;
    for (int p = 1; p <= 10; ++p) {
      const BoundPolicy candidate{policy.policy.with_value(1, p), {}, {}};
      const auto augrc = augrc_on(candidate, *data.fit);
      TRY(augrc);
      if (*augrc >= least) continue;
      least = *augrc;
      best = candidate.policy;
    }
    policy.policy = best;
    policy.learned.numbers["p"] = {best.number(1)};
    policy.learned.split = data.fit->split;
  }
  return keep_baseline_coverage(policy, data, chosen_when_bound, 1);
}

PolicyTraits traits_of_norms(const Policy& policy) {
  PolicyTraits traits = policy.kind().traits;
  traits.fitted = policy.number(0) == chosen_when_bound || policy.number(1) == chosen_norm;
  return traits;
}

constexpr LearnedPart pnorm_learns[] = {{"p"}, {"t"}};

}  // namespace

extern const PolicyKind pnorm_policy;
const PolicyKind pnorm_policy = {
    .name = "pnorm",
    .summary = "argmax of the mean where its greatest logit over their p-norm is at least t",
    .parameters = pnorm_parameters,
    .traits = {.needs = PolicyNeeds::distributions, .has_distribution = true},
    .learns = pnorm_learns,
    .score = score_norms,
    .least_score = parameters::least_confidence,
    .bind = choose_norm,
    .traits_of = traits_of_norms};

}  // namespace plumbline

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "core/decision/policies/wrapping.h"

namespace plumbline {

namespace {

double most_temperature(std::size_t /*voters*/) { return 1000; }

constexpr PolicyParameter temperature_parameters[] = {
    {.name = "inner",
     .meaning = "the policy that decides on the scaled distributions",
     .type = ParameterType::policy,
     .use = ParameterUse::accepts,
     .default_text = "mean"},
    {.name = "t",
     .meaning =
         "temperatures, one for all or one per voter; none: fitted by likelihood, one per voter",
     .type = ParameterType::list,
     .minimum = 0.001,
     .maximum = most_temperature}};

/// Where log p would be −∞: as improbable as float32 can say, so that no single sample decides.
constexpr double least_probability = 1e-38;
double log_of(double p) { return std::log(std::max(p, least_probability)); }

/// Distributions raised to 1/T and made to sum to 1, and what is voted for then: the same class.
struct CooledVoter {
  std::vector<double> probabilities;
  std::vector<float> confidence, log_prob_label;

  CooledVoter(const double* rows, std::size_t samples, std::size_t classes, double temperature,
              std::span<const ClassIndex> labels)
      : probabilities(rows, rows + samples * classes) {
    for (std::size_t i = 0; i < samples; ++i) {
      const std::span row(probabilities.data() + i * classes, classes);
      const double top = classes == 0 ? 0 : std::ranges::max(row);
      if (temperature != 1 && top > 0) {
        double sum = 0;
        for (double& p : row) sum += p = p > 0 ? std::exp(std::log(p / top) / temperature) : 0;
        for (double& p : row) p /= sum;
      }
      confidence.push_back(static_cast<float>(classes == 0 ? 0 : std::ranges::max(row)));
      log_prob_label.push_back(
          static_cast<float>(labels[i] < classes ? std::log(row[labels[i]]) : std::log(0.0)));
    }
  }
};

/// A block as the nested policy sees it.
struct CooledBlock {
  std::vector<CooledVoter> voters;
  VoteTable votes;  ///< of the block's samples alone
  DistributionBlock distributions;

  CooledBlock(const BoundPolicy& policy, const PolicyBlock& block)
      : votes{block.votes.labels.subspan(block.begin, block.end - block.begin), {}},
        distributions(block.distributions) {
    const auto temperature = policy.learned["temperature"];
    const std::size_t n = block.end - block.begin;
    voters.reserve(block.votes.voters.size());
    for (std::size_t v = 0; v < block.votes.voters.size(); ++v) {
      const CooledVoter& voter =
          voters.emplace_back(block.distributions.probabilities[v], n, distributions.classes,
                              temperature[v], votes.labels);
      votes.voters.push_back({block.votes.voters[v].predicted.subspan(block.begin, n),
                              voter.confidence, voter.log_prob_label});
      distributions.probabilities[v] = voter.probabilities.data();
    }
  }
};

void score_cooled(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const CooledBlock cooled(policy, block);
  wrapping::score_by_inner(policy, block, cooled.distributions, &cooled.votes, out);
}

/// First and second derivative of each voter's negative log-likelihood in β = 1/T, which is convex.
struct Derivatives {
  std::vector<double> first, second;
};

Result<Derivatives> derivatives_at(const FitData& fit, const std::vector<double>& beta) {
  Derivatives sums{std::vector<double>(beta.size()), std::vector<double>(beta.size())};
  TRY(fit.for_each_block([&](const PolicyBlock& block) {
    const std::size_t classes = block.distributions.classes;
    for (std::size_t v = 0; v < beta.size(); ++v)
      for (std::size_t i = block.begin; i < block.end; ++i) {
        const ClassIndex truth = block.votes.labels[i];
        const std::span row(block.distributions.probabilities[v] + (i - block.begin) * classes,
                            classes);
        if (truth >= classes || !(std::ranges::max(row) > 0)) continue;
        const double top = log_of(std::ranges::max(row));
        double sum = 0, mean = 0, square = 0;
        for (const double p : row) {
          const double logit = log_of(p) - top, weight = std::exp(beta[v] * logit);
          sum += weight;
          mean += weight * logit;
          square += weight * logit * logit;
        }
        mean /= sum;
        sums.first[v] += mean - (log_of(row[truth]) - top);
        sums.second[v] += square / sum - mean * mean;
      }
  }));
  return sums;
}

/// The minimum of each voter's likelihood: Newton's steps within a bracket that every evaluation
/// narrows, so that any beginning ends there. Where it lies beyond the range, at its end.
Result<std::vector<double>> fit_temperatures(const FitData& fit, std::size_t voters) {
  constexpr double coldest = 1000, hottest = 0.001;  // of β
  std::vector<double> beta(voters, 1.0), low(voters, hottest), high(voters, coldest);
  for (int pass = 0; pass < 200; ++pass) {
    const auto at = derivatives_at(fit, beta);
    TRY(at);
    double moved = 0;
    for (std::size_t v = 0; v < voters; ++v) {
      (at->first[v] > 0 ? high[v] : low[v]) = beta[v];
      double next = beta[v] - at->first[v] / at->second[v];
      // The geometric middle, since temperatures differ by factors.
      if (!(next > low[v] && next < high[v])) next = std::sqrt(low[v] * high[v]);
      if (at->first[v] == 0) next = beta[v];
      moved = std::max(moved, std::abs(next - beta[v]) / beta[v]);
      beta[v] = next;
    }
    if (moved < 1e-9) break;
  }
  for (double& b : beta) b = 1 / b;
  return beta;
}

Result<void> bind_cooled(BoundPolicy& policy, const BindData& data) {
  const std::size_t voters = policy.policy.voters();
  const std::vector<double>& given = policy.policy.list(1);
  if (!given.empty() && given.size() != 1 && given.size() != voters)
    return usage_error(fmt::format("{} temperatures are given for {} voters", given.size(), voters),
                       "--policy", "give one for all, or one per voter");
  if (given.empty() && data.fit == nullptr)
    return usage_error("a temperature is fitted on a split, but none is named", "--policy",
                       "name a split (--fit-on), or give temperatures: t=1.5");
  if (given.empty()) {
    auto fitted = fit_temperatures(*data.fit, voters);
    TRY(fitted);
    policy.learned = {data.fit->split, {{"temperature", std::move(*fitted)}}};
  } else {
    policy.learned.numbers["temperature"] =
        given.size() == 1 ? std::vector<double>(voters, given.front()) : given;
  }
  if (data.fit == nullptr) return bind_inner(policy, data);
  // The nested policy learns from what it will see: the votes of the whole split, cooled.
  const VoteTable& before = data.fit->votes;
  std::vector<std::vector<float>> confidence(voters), log_prob(voters);
  for (std::size_t v = 0; v < voters; ++v) {
    confidence[v].assign(before.samples(), 0);
    log_prob[v].assign(before.samples(), 0);
  }
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    const CooledBlock cooled(policy, block);
    for (std::size_t v = 0; v < voters; ++v) {
      std::ranges::copy(cooled.voters[v].confidence,
                        confidence[v].begin() + static_cast<std::ptrdiff_t>(block.begin));
      std::ranges::copy(cooled.voters[v].log_prob_label,
                        log_prob[v].begin() + static_cast<std::ptrdiff_t>(block.begin));
    }
  }));
  VoteTable votes{before.labels, {}};
  for (std::size_t v = 0; v < voters; ++v)
    votes.voters.push_back({before.voters[v].predicted, confidence[v], log_prob[v]});
  const FitData fit{data.fit->split, votes,
                    [&](const std::function<void(const PolicyBlock&)>& use) {
                      return data.fit->for_each_block([&](const PolicyBlock& block) {
                        const CooledBlock cooled(policy, block);
                        PolicyBlock seen{votes, block.begin, block.end, cooled.distributions};
                        use(seen);
                      });
                    }};
  BindData inner = data;
  inner.fit = &fit;
  return bind_inner(policy, inner);
}

PolicyTraits traits_of_cooled(const Policy& policy) {
  PolicyTraits traits = wrapping::traits_of_inner(policy, 0);
  traits.fitted |= policy.list(1).empty();
  return traits;
}

constexpr LearnedPart temperature_learns[] = {{"temperature", one_per_voter}};

}  // namespace

extern const PolicyKind temperature_policy;
const PolicyKind temperature_policy = {
    .name = "temperature",
    .summary = "any policy on distributions whose temperatures are fitted by likelihood first",
    .parameters = temperature_parameters,
    .traits = {.needs = PolicyNeeds::distributions, .fitted = true},
    .learns = temperature_learns,
    .score = score_cooled,
    .least_score = wrapping::least_score_of_inner,
    .explain = wrapping::explain_by_inner,
    .bind = bind_cooled,
    .traits_of = traits_of_cooled};

}  // namespace plumbline

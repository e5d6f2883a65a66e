#include "tests/core/decision/toy_policies.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/decision/bound_policy.h"

namespace plumbline::test {

namespace {

double unit(std::size_t /*voters*/) { return 1; }
double half(std::size_t /*voters*/) { return 0.5; }
double last_voter(std::size_t voters) { return static_cast<double>(voters) - 1; }
std::size_t single(std::size_t /*voters*/) { return 1; }
std::size_t one_a_voter(std::size_t voters) { return voters; }

// A temperature.

constexpr std::array temperatures = {0.25, 0.5, 1.0, 2.0, 4.0};

/// A voter's rows with log-probabilities over `temperature`, and what it votes for then.
struct TemperedVoter {
  std::vector<double> probabilities;
  std::vector<ClassIndex> predicted;
  std::vector<float> confidence;

  TemperedVoter(const double* rows, std::size_t samples, std::size_t classes, double temperature) {
    for (std::size_t i = 0; i < samples; ++i, rows += classes) {
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c) sum += std::pow(rows[c], 1 / temperature);
      const std::size_t begin = probabilities.size();
      for (std::size_t c = 0; c < classes; ++c)
        probabilities.push_back(std::pow(rows[c], 1 / temperature) / sum);
      const auto first = probabilities.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto top = std::max_element(first, probabilities.end());
      predicted.push_back(static_cast<ClassIndex>(top - first));
      confidence.push_back(static_cast<float>(*top));
    }
  }
};

void score_tempered(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  const std::size_t n = block.end - block.begin, classes = block.distributions.classes;
  std::vector<TemperedVoter> voters;
  for (const double* rows : block.distributions.probabilities)
    voters.emplace_back(rows, n, classes, policy.learned["temperature"].front());
  VoteTable votes{block.votes.labels.subspan(block.begin, n), {}};
  DistributionBlock distributions{n, classes, {}};
  for (const TemperedVoter& voter : voters) {
    votes.voters.push_back({voter.predicted, voter.confidence, {}});
    distributions.probabilities.push_back(voter.probabilities.data());
  }
  score_block(policy.inner.front(), {votes, 0, n, distributions},
              {out.label.subspan(block.begin, n), out.score.subspan(block.begin, n),
               out.accept.subspan(block.begin, n), out.tie.subspan(block.begin, n)});
}

/// The temperature of the grid at which the first voter's negative log-likelihood is least.
Result<void> fit_temperature(BoundPolicy& policy, const BindData& data) {
  std::array<double, temperatures.size()> loss{};
  TRY(data.fit->for_each_block([&](const PolicyBlock& block) {
    const std::size_t classes = block.distributions.classes;
    for (std::size_t t = 0; t < temperatures.size(); ++t) {
      const TemperedVoter first(block.distributions.probabilities.front(), block.end - block.begin,
                                classes, temperatures[t]);
      for (std::size_t i = block.begin; i < block.end; ++i)
        loss[t] -=
            std::log(first.probabilities[(i - block.begin) * classes + block.votes.labels[i]]);
    }
  }));
  const auto least = static_cast<std::size_t>(std::ranges::min_element(loss) - loss.begin());
  policy.learned = {data.fit->split, {{"temperature", {temperatures[least]}}}};
  return bind_inner(policy, data);
}

PolicyTraits traits_of_tempered(const Policy& policy) {
  PolicyTraits traits = policy.inner(0).traits();
  traits.needs = PolicyNeeds::distributions;
  traits.fitted = true;
  traits.has_first_distribution = traits.has_distribution = false;
  return traits;
}

double least_score_of_inner(const BoundPolicy& policy) {
  const BoundPolicy& inner = policy.inner.front();
  return inner.policy.kind().least_score(inner);
}

constexpr PolicyParameter tempered_parameters[] = {{.name = "inner",
                                                    .meaning = "what decides then",
                                                    .type = ParameterType::policy,
                                                    .use = ParameterUse::accepts,
                                                    .default_text = "mcp"}};
constexpr LearnedPart tempered_learns[] = {{"temperature", single}};
const PolicyKind tempered = {.name = "tempered",
                             .summary = "a policy on tempered distributions",
                             .parameters = tempered_parameters,
                             .traits = {.needs = PolicyNeeds::distributions, .fitted = true},
                             .learns = tempered_learns,
                             .score = score_tempered,
                             .least_score = least_score_of_inner,
                             .bind = fit_temperature,
                             .traits_of = traits_of_tempered};

// A relay.

bool is_passed_on(const BoundPolicy& policy, const VoteTable& votes, std::size_t i) {
  return votes.voters[0].confidence[i] < static_cast<float>(policy.policy.number(0));
}

void score_relay(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const VoterVotes& voter = block.votes.voters[is_passed_on(policy, block.votes, i) ? 1 : 0];
    out.label[i] = voter.predicted[i];
    out.score[i] = static_cast<double>(voter.confidence[i]);
    out.accept[i] = voter.confidence[i] >= 0.5F;
    out.tie[i] = 0;
  }
}

Result<void> count_passed_on(BoundPolicy& policy, const BindData& data) {
  if (policy.policy.voters() < 2)
    return usage_error("a relay needs two voters", "--policy", "choose more voters");
  std::vector<double> shares(policy.policy.voters(), 0.0);
  const VoteTable& votes = data.fit->votes;
  for (std::size_t i = 0; i < votes.samples(); ++i) shares[1] += is_passed_on(policy, votes, i);
  shares[1] /= static_cast<double>(votes.samples());
  shares[0] = 1;
  policy.learned = {data.fit->split, {{"asked", shares}}};
  return {};
}

std::vector<double> shares_of_relay(const BoundPolicy& policy) {
  const auto asked = policy.learned["asked"];
  return {asked.begin(), asked.end()};
}

constexpr PolicyParameter relay_parameters[] = {
    {.name = "t", .meaning = "least confidence", .maximum = unit, .default_value = half}};
constexpr LearnedPart relay_learns[] = {{"asked", one_a_voter}};
const PolicyKind relay = {.name = "relay",
                          .summary = "the second voter where the first is not sure",
                          .parameters = relay_parameters,
                          .traits = {.fitted = true},
                          .learns = relay_learns,
                          .score = score_relay,
                          .asked = shares_of_relay,
                          .bind = count_passed_on};

// Parameters of every type.

constexpr std::string_view modes[] = {"fast", "exact"};
constexpr PolicyParameter every_parameters[] = {
    {.name = "n",
     .meaning = "a number",
     .use = ParameterUse::accepts,
     .maximum = unit,
     .default_value = half},
    {.name = "k",
     .meaning = "an integer",
     .type = ParameterType::integer,
     .maximum = last_voter,
     .default_value = last_voter},
    {.name = "mode", .meaning = "a word", .type = ParameterType::word, .words = modes},
    {.name = "order", .meaning = "a list", .type = ParameterType::list, .maximum = last_voter},
    {.name = "costs", .meaning = "a file", .type = ParameterType::file},
    {.name = "inner",
     .meaning = "a policy",
     .type = ParameterType::policy,
     .default_text = "majority"}};
const PolicyKind every = {
    .name = "every", .summary = "every type of parameter", .parameters = every_parameters};

}  // namespace

std::span<const PolicyKind* const> kinds_with_toys() {
  static const std::vector<const PolicyKind*> kinds = [] {
    std::vector<const PolicyKind*> all(policy_kinds().begin(), policy_kinds().end());
    all.insert(all.end(), {&tempered, &relay, &every});
    return all;
  }();
  return kinds;
}

}  // namespace plumbline::test

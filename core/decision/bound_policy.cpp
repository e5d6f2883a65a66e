#include "core/decision/bound_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

PLUMBLINE_VECTORISED void accept_scores(const double* score, float least, std::size_t n,
                                        std::uint8_t* accept) {
  for (std::size_t i = 0; i < n; ++i) accept[i] = static_cast<float>(score[i]) >= least ? 1 : 0;
}

bool same_scores(const Policy& a, const Policy& b) {
  return &a.kind() == &b.kind() && a.voters() == b.voters() && score_key(a) == score_key(b);
}

bool same_learned(const BoundPolicy& a, const BoundPolicy& b) {
  return a.learned == b.learned && std::ranges::equal(a.inner, b.inner, same_learned);
}

/// Takes the values of `next`, whose kinds are the same.
void take_values(BoundPolicy& bound, const Policy& next) {
  bound.policy = next;
  std::size_t place = 0;
  for (std::size_t i = 0; i < next.values().size(); ++i)
    if (next.kind().parameters[i].type == ParameterType::policy)
      take_values(bound.inner[place++], next.inner(i));
}

/// Four digits, with a minus as long as the digits are wide.
std::string score_text(double score) {
  if (!std::isfinite(score)) return "–";
  return (score < 0 ? "−" : "") + fmt::format("{:.4f}", std::abs(score));
}

}  // namespace

std::span<const double> Learned::operator[](std::string_view name) const {
  const auto found = numbers.find(name);
  return found == numbers.end() ? std::span<const double>() : std::span(found->second);
}

Result<void> check_suits(const Policy& policy, std::string_view predictions) {
  const std::string_view wanted = policy.traits().predictions;
  if (wanted == predictions) return {};
  std::string others;
  for (const PolicyKind* kind : policy_kinds())
    if (kind->traits.predictions == predictions)
      others += (others.empty() ? "" : ", ") + std::string(kind->name);
  return usage_error(
      fmt::format("the policy '{}' decides on {}; the run's predictions are {}", policy.kind().name,
                  wanted, predictions),
      "--policy", others.empty() ? "no policy decides on such predictions" : "policies: " + others);
}

Result<BoundPolicy> bind(Policy policy, const BindData& data) {
  BoundPolicy bound{std::move(policy), {}, {}};
  const PolicyKind& kind = bound.policy.kind();
  if (bound.policy.traits().fitted && data.fit == nullptr)
    return usage_error(
        fmt::format("the policy '{}' is fitted on a split, but none is named", kind.name),
        "--policy", "name one with --fit-on");
  TRY(kind.bind ? kind.bind(bound, data) : bind_inner(bound, data));
  return bound;
}

Result<void> bind_inner(BoundPolicy& policy, const BindData& data) {
  policy.inner.clear();
  for (std::size_t i = 0; i < policy.policy.values().size(); ++i) {
    if (policy.policy.kind().parameters[i].type != ParameterType::policy) continue;
    auto inner = bind(policy.policy.inner(i), data);
    TRY(inner);
    policy.inner.push_back(std::move(*inner));
  }
  return {};
}

bool same_scores(const BoundPolicy& a, const BoundPolicy& b) {
  return same_scores(a.policy, b.policy) && same_learned(a, b);
}

Result<BoundPolicy> rebind(const BoundPolicy& before, Policy next, const BindData& data) {
  if (!same_scores(before.policy, next)) return bind(std::move(next), data);
  return with_values(before, next);
}

BoundPolicy with_values(const BoundPolicy& before, const Policy& next) {
  BoundPolicy bound = before;
  take_values(bound, next);
  return bound;
}

void score_block(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out) {
  policy.policy.kind().score(policy, block, out);
  accept_by_score(policy, out.score, block.begin, block.end, out.accept);
}

double least_score_of(const BoundPolicy& policy) {
  const auto least = policy.policy.kind().least_score;
  return least == nullptr ? std::numeric_limits<double>::quiet_NaN() : least(policy);
}

bool accept_by_score(const BoundPolicy& policy, std::span<const double> score, std::size_t begin,
                     std::size_t end, std::span<std::uint8_t> accept) {
  const double least = least_score_of(policy);
  if (std::isnan(least)) return false;
  accept_scores(score.data() + begin, static_cast<float>(least), end - begin,
                accept.data() + begin);
  return true;
}

std::string explain(const BoundPolicy& policy, const VoteTable& votes,
                    const DecidedSample& decided) {
  for (const VoterVotes& voter : votes.voters)
    if (voter.predicted[decided.sample] == no_class) return "a voter has no output";
  const PolicyKind& kind = policy.policy.kind();
  if (kind.explain) return kind.explain(policy, votes, decided);
  const double score = decided.score;
  const double least = least_score_of(policy);
  if (std::isnan(least)) return "score " + score_text(score);
  return fmt::format("{} {} {} {}", kind.name, score_text(score), decided.accept ? "≥" : "<",
                     value_text(least, false));
}

std::vector<double> asked_shares(const BoundPolicy& policy) {
  const PolicyKind& kind = policy.policy.kind();
  if (kind.asked) return kind.asked(policy);
  std::vector<double> shares(policy.policy.voters(),
                             policy.policy.traits().asks_first_only ? 0.0 : 1.0);
  shares.front() = 1;
  return shares;
}

std::vector<double> asked_shares(const BoundPolicy& policy, const VoteTable& votes) {
  const auto asked_on = policy.policy.kind().asked_on;
  return asked_on == nullptr ? asked_shares(policy) : asked_on(policy, votes);
}

std::vector<std::string> fitted_on(const BoundPolicy& policy) {
  std::vector<std::string> splits;
  if (!policy.learned.split.empty()) splits.push_back(policy.learned.split);
  for (const BoundPolicy& inner : policy.inner)
    for (std::string& split : fitted_on(inner))
      if (std::ranges::find(splits, split) == splits.end()) splits.push_back(std::move(split));
  return splits;
}

std::optional<double> vote_threshold(const Policy& policy) {
  const auto& parameters = policy.kind().parameters;
  const auto found = std::ranges::find(parameters, ParameterUse::filters, &PolicyParameter::use);
  if (found == parameters.end()) return std::nullopt;
  return policy.number(static_cast<std::size_t>(found - parameters.begin()));
}

}  // namespace plumbline

#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decision/policy.h"
#include "core/decision/policy_kind.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// A split that a policy learns from.
struct FitData {
  std::string split;       ///< its name
  const VoteTable& votes;  ///< of the policy's voters
  /// Calls `use` with one block of samples after another, distributions included. May be called
  /// several times. Errors are those of reading.
  std::function<Result<void>(const std::function<void(const PolicyBlock&)>& use)> for_each_block;
};

/// What a policy is bound with, besides its own parameters. All of it may be missing.
struct BindData {
  std::span<const Voter> voters = {};
  const FitData* fit = nullptr;
  /// By voter the time of one batch, where all are measured alike.
  std::span<const std::optional<double>> latency_ms = {};
  /// The data set's, by place; for what is read from files and has names.
  std::span<const std::string> classes = {};
};

/// What a policy learned or read, by name: a temperature, weights, coefficients, a quantile.
struct Learned {
  std::string split;  ///< where it was learned; empty where it was not
  std::map<std::string, std::vector<double>, std::less<>> numbers;

  std::span<const double> operator[](std::string_view name) const;  ///< empty where it is not there
  friend bool operator==(const Learned&, const Learned&) = default;
};

/// A policy with all that it needs to decide. A plain value: copied, compared, written down
/// (bound_policy_json.h) and applied unchanged to other splits.
struct BoundPolicy {
  Policy policy;
  Learned learned;
  std::vector<BoundPolicy> inner;  ///< of the parameters that are policies, in their order

  friend bool operator==(const BoundPolicy&, const BoundPolicy&) = default;
};

/// Errors: what the policy's own binding says; usage, where it is fitted and no split is given.
Result<BoundPolicy> bind(Policy policy, const BindData& data = {});

/// Binds the policies among the parameters: what a kind's own `bind` calls.
Result<void> bind_inner(BoundPolicy& policy, const BindData& data);

/// Whether both make the same labels and scores of the same votes and distributions.
bool same_scores(const BoundPolicy& a, const BoundPolicy& b);

/// `before` with another policy's values. What was learned is kept where only acceptance changes;
/// else it is bound anew.
Result<BoundPolicy> rebind(const BoundPolicy& before, Policy next, const BindData& data = {});

/// `before` with the values of `next`, a policy of the same kinds; all that was learned stays.
BoundPolicy with_values(const BoundPolicy& before, const Policy& next);

/// Label, score, tie and acceptance of a block.
void score_block(const BoundPolicy& policy, const PolicyBlock& block, const PolicyOutput& out);

/// PolicyKind::least_score of a policy; NaN where it does not accept by its score.
double least_score_of(const BoundPolicy& policy);

/// Acceptance of samples [begin, end) of whole columns by their scores, both the score and the
/// least one rounded to float32; false, and nothing is written, where the policy does not accept by
/// its score.
bool accept_by_score(const BoundPolicy& policy, std::span<const double> score, std::size_t begin,
                     std::size_t end, std::span<std::uint8_t> accept);

/// Why a sample is accepted or rejected, in a few words: "3 of 4 votes ≥ 0.70, needs 3".
std::string explain(const BoundPolicy& policy, const VoteTable& votes,
                    const DecidedSample& decided);

/// By voter the share of samples for which it is asked, 0 to 1.
std::vector<double> asked_shares(const BoundPolicy& policy);

/// The same on the samples of a table, where they matter; `votes` are of the policy's voters.
std::vector<double> asked_shares(const BoundPolicy& policy, const VoteTable& votes);

/// The splits on which a policy or a nested one was fitted, each once.
std::vector<std::string> fitted_on(const BoundPolicy& policy);

/// The confidence that a vote needs to count, where the policy has such a threshold.
std::optional<double> vote_threshold(const Policy& policy);

}  // namespace plumbline

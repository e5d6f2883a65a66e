#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/votes.h"
#include "core/types/error.h"

namespace plumbline {

/// One parameter of a policy. Its range and its default may depend on the number of voters.
struct PolicyParameter {
  std::string_view name;
  std::string_view meaning;
  bool integer = false;
  double minimum = 0;
  double (*maximum)(std::size_t voters) = nullptr;  ///< inclusive
  double (*default_value)(std::size_t voters) = nullptr;
};

/// Where a policy writes its verdict on a range of samples: whole-table columns.
struct PolicyOutput {
  std::span<ClassIndex> label;
  std::span<float> score;          ///< for ranking, higher is surer (DOMAIN 1.3)
  std::span<std::uint8_t> accept;  ///< 1 or 0
  std::span<std::uint8_t> tie;     ///< 1 where a tie of votes was broken
};

/// One decision policy (DOMAIN 1.3). Either `vote` or `reduce` is set.
/// A further policy is one entry of `policy_kinds()`.
struct PolicyKind {
  std::string_view name;
  std::string_view summary;
  std::vector<PolicyParameter> parameters;

  /// Policies on votes: label, score, accept and tie of samples [begin, end). Deterministic.
  /// Confidences are float32: every threshold is rounded to float32 once and compared there.
  void (*vote)(const VoteTable& votes, std::span<const double> values, std::size_t begin,
               std::size_t end, const PolicyOutput& out) = nullptr;

  /// Policies on distributions: label and score of a block, without parameters, so that a
  /// threshold is dragged on the result. They accept where score ≥ the parameter "t".
  void (*reduce)(const DistributionBlock& block, std::span<ClassIndex> label,
                 std::span<float> score) = nullptr;
};

/// mcp, mean, majority, unanimous, polygraph.
std::span<const PolicyKind> policy_kinds();

/// A policy with its parameters' values, all within their ranges for `voters()` voters.
class Policy {
 public:
  const PolicyKind& kind() const { return *kind_; }
  std::size_t voters() const { return voters_; }
  std::span<const double> values() const { return values_; }

  /// The same policy with one value moved into its range and, for an integer, rounded; NaN changes
  /// nothing.
  Policy with_value(std::size_t parameter, double value) const;

 private:
  friend Result<Policy> make_policy(std::string_view, std::size_t,
                                    std::span<const std::pair<std::string, double>>);
  const PolicyKind* kind_ = nullptr;
  std::size_t voters_ = 0;
  std::vector<double> values_;
};

/// Errors (usage): no such policy or parameter (the ones there are are named), a value out of its
/// range (parameter and range are named), no voters. Parameters left out have their defaults.
Result<Policy> make_policy(std::string_view name, std::size_t voters,
                           std::span<const std::pair<std::string, double>> values = {});

/// Reads `name` or `name(parameter=value,…)`.
Result<Policy> parse_policy(std::string_view text, std::size_t voters);

/// What `parse_policy` reads back, every parameter written out.
std::string to_string(const Policy& policy);

}  // namespace plumbline

#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/decision/policy_kind.h"
#include "core/types/error.h"

namespace plumbline {

/// Number or integer; word or file; list; nested policy.
using PolicyValue =
    std::variant<double, std::string, std::vector<double>, std::shared_ptr<const Policy>>;

/// A parameter's name and its value as it is written.
using PolicyArgument = std::pair<std::string, std::string>;

/// A policy as it is written: its kind and a value of every parameter's type and range for
/// `voters()` voters. It decides once it is bound (bound_policy.h).
class Policy {
 public:
  const PolicyKind& kind() const { return *kind_; }
  PolicyTraits traits() const { return kind_->traits_of ? kind_->traits_of(*this) : kind_->traits; }
  std::size_t voters() const { return voters_; }
  std::span<const PolicyValue> values() const { return values_; }

  /// The value of a parameter, which has to be of that type.
  double number(std::size_t parameter) const { return std::get<double>(values_[parameter]); }
  const std::string& text(std::size_t parameter) const {
    return std::get<std::string>(values_[parameter]);
  }
  const std::vector<double>& list(std::size_t parameter) const {
    return std::get<std::vector<double>>(values_[parameter]);
  }
  const Policy& inner(std::size_t parameter) const {
    return *std::get<std::shared_ptr<const Policy>>(values_[parameter]);
  }

  /// The same policy with one number moved into its range and, for an integer, rounded; NaN changes
  /// nothing.
  Policy with_value(std::size_t parameter, double value) const;

  /// The same policy with another nested one, of as many voters.
  Policy with_inner(std::size_t parameter, Policy inner) const;

  /// The same policy with one value as it is written. Errors as `make_policy`'s.
  Result<Policy> with_text(std::size_t parameter, std::string_view text) const;

  /// The same policy for another number of voters; values that stood at their defaults stay there,
  /// others are moved into their ranges,
  /// and a list that no longer fits is empty.
  Policy for_voters(std::size_t voters) const;

  friend bool operator==(const Policy& a, const Policy& b);

 private:
  friend class PolicyReader;
  const PolicyKind* kind_ = nullptr;
  std::size_t voters_ = 0;
  std::vector<PolicyValue> values_;
};

/// Parameters left out have their defaults. Errors (usage): no such policy or parameter (the ones
/// there are are named), a value of another type or out of its range (parameter and range are
/// named), no voters.
Result<Policy> make_policy(std::string_view name, std::size_t voters,
                           std::span<const PolicyArgument> arguments = {});

/// A kind's policy with its defaults.
Result<Policy> make_policy(const PolicyKind& kind, std::size_t voters);

/// Reads `name` or `name(parameter=value,…)` of the kinds that there are. A value that holds a
/// comma or a bracket is a nested policy or stands between double quotes.
Result<Policy> parse_policy(std::string_view text, std::size_t voters,
                            std::span<const PolicyKind* const> kinds = policy_kinds());

/// What `parse_policy` reads back, every parameter written out.
std::string to_string(const Policy& policy);

/// Equal for policies that have the same labels and scores once they are bound with the same data:
/// `to_string` without what bears on acceptance alone.
std::string score_key(const Policy& policy);

/// A parameter's value as `parse_policy` reads it.
std::string argument_text(const Policy& policy, std::size_t parameter);

/// A parameter's value for people: as an integer, or with two to four digits.
std::string value_text(double value, bool integer);

}  // namespace plumbline

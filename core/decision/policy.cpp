#include "core/decision/policy.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/decision/policies_on_distributions.h"
#include "core/decision/policies_on_votes.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

double one(std::size_t /*voters*/) { return 1; }
double nine_tenths(std::size_t /*voters*/) { return 0.9; }
double seven_tenths(std::size_t /*voters*/) { return 0.7; }
double all(std::size_t voters) { return static_cast<double>(voters); }
double more_than_half(std::size_t voters) {
  const std::size_t half = voters / 2;
  return static_cast<double>(half + 1);
}

const PolicyParameter confidence_threshold = {
    "t", "least confidence that is accepted", false, 0, one, nine_tenths};

// The one table: a further policy is one entry.
const std::vector<PolicyKind> kinds = {
    {"mcp",
     "the first voter's class where its confidence is at least t: the baseline",
     {confidence_threshold},
     vote_mcp,
     nullptr},
    {"mean",
     "argmax of the mean of the voters' probabilities where that is at least t",
     {confidence_threshold},
     nullptr,
     reduce_mean},
    {"majority",
     "most voted class where more than half of the voters agree",
     {},
     vote_majority,
     nullptr},
    {"unanimous", "common class where all voters agree", {}, vote_unanimous, nullptr},
    {"polygraph",
     "most voted class among confident votes where there are enough of them",
     {{"thr_conf", "least confidence of a vote that counts", false, 0, one, seven_tenths},
      {"thr_freq", "least number of such votes for one class", true, 1, all, more_than_half}},
     vote_polygraph,
     nullptr},
};

std::string policy_names() {
  std::string names;
  for (const PolicyKind& kind : kinds)
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

std::string parameter_names(const PolicyKind& kind) {
  std::string names;
  for (const auto& p : kind.parameters) names += (names.empty() ? "" : ", ") + std::string(p.name);
  return names.empty() ? "it has none" : "parameters: " + names;
}

bool within(const PolicyParameter& parameter, double value, std::size_t voters) {
  return value >= parameter.minimum && value <= parameter.maximum(voters) &&
         (!parameter.integer || value == std::floor(value));
}

}  // namespace

std::span<const PolicyKind> policy_kinds() { return kinds; }

Result<Policy> make_policy(std::string_view name, std::size_t voters,
                           std::span<const std::pair<std::string, double>> values) {
  const auto kind = std::ranges::find(kinds, name, &PolicyKind::name);
  if (kind == kinds.end())
    return usage_error(fmt::format("there is no policy '{}'", name), "--policy",
                       "policies: " + policy_names());
  if (voters == 0) return usage_error("a policy needs at least one voter", std::string(name));
  Policy policy;
  policy.kind_ = &*kind;
  policy.voters_ = voters;
  for (const auto& [given, value] : values) {
    const auto named = std::ranges::count(values, given, &std::pair<std::string, double>::first);
    if (std::ranges::find(kind->parameters, given, &PolicyParameter::name) ==
        kind->parameters.end())
      return usage_error(fmt::format("the policy '{}' has no parameter '{}'", name, given),
                         "--policy", parameter_names(*kind));
    if (named > 1)
      return usage_error(fmt::format("the parameter '{}' is given twice", given), "--policy");
  }
  for (const PolicyParameter& parameter : kind->parameters) {
    double value = parameter.default_value(voters);
    for (const auto& [given, number] : values)
      if (given == parameter.name) value = number;
    if (!within(parameter, value, voters))
      return usage_error(
          fmt::format("{} of the policy '{}' is {}, but must be {} from {} to {}", parameter.name,
                      name, shortest(value), parameter.integer ? "an integer" : "a number",
                      parameter.minimum, parameter.maximum(voters)),
          "--policy");
    policy.values_.push_back(value);
  }
  return policy;
}

Result<Policy> parse_policy(std::string_view text, std::size_t voters) {
  const std::string_view whole = trimmed(text);
  const auto open = whole.find('(');
  if (open == whole.npos) return make_policy(whole, voters);
  const auto wrong = [&] {
    return usage_error("a policy is written name(parameter=value,…)", std::string(whole));
  };
  if (!whole.ends_with(')')) return wrong();
  const auto inside = trimmed(whole.substr(open + 1, whole.size() - open - 2));
  std::vector<std::pair<std::string, double>> values;
  for (std::size_t begin = 0; begin < inside.size();) {
    const auto end = std::min(inside.find(',', begin), inside.size());
    const auto part = inside.substr(begin, end - begin);
    const auto equals = part.find('=');
    if (equals == part.npos || end + 1 == inside.size()) return wrong();
    const auto name = trimmed(part.substr(0, equals));
    const auto value = parse_number(trimmed(part.substr(equals + 1)));
    if (!value)
      return usage_error(fmt::format("the value of '{}' is not a number", name),
                         std::string(whole));
    values.emplace_back(std::string(name), *value);
    begin = end + 1;
  }
  return make_policy(trimmed(whole.substr(0, open)), voters, values);
}

Policy Policy::with_value(std::size_t parameter, double value) const {
  const PolicyParameter& spec = kind_->parameters[parameter];
  Policy changed = *this;
  if (std::isnan(value)) return changed;
  if (spec.integer) value = std::round(value);
  changed.values_[parameter] = std::clamp(value, spec.minimum, spec.maximum(voters_));
  return changed;
}

std::string to_string(const Policy& policy) {
  std::string text(policy.kind().name);
  for (std::size_t i = 0; i < policy.values().size(); ++i)
    text += fmt::format("{}{}={}", i == 0 ? "(" : ",", policy.kind().parameters[i].name,
                        shortest(policy.values()[i]));
  return policy.values().empty() ? text : text + ")";
}

}  // namespace plumbline

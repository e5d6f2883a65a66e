#include "core/decision/policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

/// Policies within policies; more is a mistake or an attack.
constexpr int deepest_policy = 8;
constexpr std::size_t longest_list = 65'536;

std::string policy_names(std::span<const PolicyKind* const> kinds) {
  std::string names;
  for (const PolicyKind* kind : kinds)
    names += (names.empty() ? "" : ", ") + std::string(kind->name);
  return names;
}

std::string parameter_names(const PolicyKind& kind) {
  std::string names;
  for (const auto& p : kind.parameters) names += (names.empty() ? "" : ", ") + std::string(p.name);
  return names.empty() ? "it has none" : "parameters: " + names;
}

double greatest(const PolicyParameter& parameter, std::size_t voters) {
  return parameter.maximum ? parameter.maximum(voters) : std::numeric_limits<double>::max();
}

bool is_within(const PolicyParameter& parameter, double value, std::size_t voters) {
  return value >= parameter.minimum && value <= greatest(parameter, voters) &&
         (parameter.type != ParameterType::integer || value == std::floor(value));
}

bool are_within(const PolicyParameter& parameter, const std::vector<double>& values,
                std::size_t voters) {
  return std::ranges::all_of(values,
                             [&](double value) { return is_within(parameter, value, voters); });
}

std::string range_of(const PolicyParameter& parameter, std::size_t voters) {
  const std::string_view kind = parameter.type == ParameterType::integer ? "an integer"
                                : parameter.type == ParameterType::list  ? "a list of numbers, each"
                                                                         : "a number";
  return parameter.maximum
             ? fmt::format("{} from {} to {}", kind, parameter.minimum, parameter.maximum(voters))
             : fmt::format("{} from {}", kind, parameter.minimum);
}

/// Where the argument that begins at `begin` ends: at a comma outside of brackets and quotes. Not
/// in the text where those are not closed.
std::size_t end_of_argument(std::string_view text, std::size_t begin) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == ',' && depth == 0) return i;
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth < 0) return text.npos;
  }
  return depth == 0 && !quoted ? text.size() : text.npos;
}

bool needs_quotes(std::string_view text) {
  return text.find_first_of(",()") != text.npos || text != trimmed(text);
}

}  // namespace

/// Makes policies out of text.
class PolicyReader {
 public:
  PolicyReader(std::size_t voters, std::span<const PolicyKind* const> kinds)
      : voters_(voters), kinds_(kinds) {}

  Result<Policy> read(std::string_view text, int depth = 0) const {
    const std::string_view whole = trimmed(text);
    const auto wrong = [&] {
      return usage_error("a policy is written name(parameter=value,…)", std::string(whole));
    };
    if (depth > deepest_policy)
      return usage_error(fmt::format("policies are nested more than {} deep", deepest_policy),
                         "--policy");
    const auto open = whole.find('(');
    std::vector<PolicyArgument> arguments;
    if (open != whole.npos) {
      if (!whole.ends_with(')')) return wrong();
      const auto inside = trimmed(whole.substr(open + 1, whole.size() - open - 2));
      for (std::size_t begin = 0; begin < inside.size();) {
        const auto end = end_of_argument(inside, begin);
        if (end == inside.npos || end + 1 == inside.size()) return wrong();
        const auto part = inside.substr(begin, end - begin);
        const auto equals = part.find('=');
        if (equals == part.npos) return wrong();
        arguments.emplace_back(std::string(trimmed(part.substr(0, equals))),
                               std::string(trimmed(part.substr(equals + 1))));
        begin = end + 1;
      }
    }
    return make(trimmed(whole.substr(0, std::min(open, whole.size()))), arguments, depth);
  }

  Result<Policy> make(std::string_view name, std::span<const PolicyArgument> arguments,
                      int depth = 0) const {
    const auto found = std::ranges::find(kinds_, name, &PolicyKind::name);
    if (found == kinds_.end())
      return usage_error(fmt::format("there is no policy '{}'", name), "--policy",
                         "policies: " + policy_names(kinds_));
    return make(**found, arguments, depth);
  }

  Result<Policy> make(const PolicyKind& kind, std::span<const PolicyArgument> arguments,
                      int depth = 0) const {
    if (voters_ == 0)
      return usage_error("a policy needs at least one voter", std::string(kind.name));
    for (const auto& [given, value] : arguments) {
      if (std::ranges::find(kind.parameters, given, &PolicyParameter::name) ==
          kind.parameters.end())
        return usage_error(fmt::format("the policy '{}' has no parameter '{}'", kind.name, given),
                           "--policy", parameter_names(kind));
      if (std::ranges::count(arguments, given, &PolicyArgument::first) > 1)
        return usage_error(fmt::format("the parameter '{}' is given twice", given), "--policy");
    }
    Policy policy;
    policy.kind_ = &kind;
    policy.voters_ = voters_;
    for (const PolicyParameter& parameter : kind.parameters) {
      const auto given = std::ranges::find(arguments, parameter.name, &PolicyArgument::first);
      auto value = given == arguments.end() ? default_of(parameter, depth)
                                            : read_value(kind, parameter, given->second, depth);
      TRY(value);
      policy.values_.push_back(std::move(*value));
    }
    return policy;
  }

  Result<PolicyValue> default_of(const PolicyParameter& parameter, int depth) const {
    switch (parameter.type) {
      case ParameterType::number:
      case ParameterType::integer: return parameter.default_value(voters_);
      case ParameterType::word: return std::string(parameter.words.front());
      case ParameterType::file: return std::string(parameter.default_text);
      case ParameterType::list:
        return read_list(parameter.default_text).value_or(std::vector<double>());
      case ParameterType::policy: return read_inner(parameter.default_text, depth);
    }
    return PolicyValue();
  }

  Result<PolicyValue> read_value(const PolicyKind& kind, const PolicyParameter& parameter,
                                 std::string_view text, int depth) const {
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
      text = text.substr(1, text.size() - 2);
    const auto wrong_value = [&](std::string_view needed) {
      return usage_error(fmt::format("{} of the policy '{}' is {}, but must be {}", parameter.name,
                                     kind.name, text, needed),
                         "--policy");
    };
    switch (parameter.type) {
      case ParameterType::number:
      case ParameterType::integer: {
        const auto value = parse_number(text);
        if (!value)
          return usage_error(fmt::format("the value of '{}' is not a number", parameter.name),
                             "--policy");
        if (!is_within(parameter, *value, voters_))
          return wrong_value(range_of(parameter, voters_));
        return *value;
      }
      case ParameterType::word: {
        if (std::ranges::find(parameter.words, text) != parameter.words.end())
          return std::string(text);
        std::string words;
        for (const auto word : parameter.words)
          words += (words.empty() ? "" : " or ") + std::string(word);
        return wrong_value(words);
      }
      case ParameterType::list: {
        auto values = read_list(text);
        if (!values || !are_within(parameter, *values, voters_))
          return wrong_value(range_of(parameter, voters_) + ", written 0:2:1");
        return std::move(*values);
      }
      case ParameterType::file:
        if (text.find('"') != text.npos) return wrong_value("a path without quotation marks");
        return std::string(text);
      case ParameterType::policy: return read_inner(text, depth);
    }
    return PolicyValue();
  }

 private:
  static std::optional<std::vector<double>> read_list(std::string_view text) {
    std::vector<double> values;
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find(':', begin), text.size());
      const auto value = parse_number(trimmed(text.substr(begin, end - begin)));
      if (!value || end + 1 == text.size() || values.size() == longest_list) return std::nullopt;
      values.push_back(*value);
      begin = end + 1;
    }
    return values;
  }

  Result<PolicyValue> read_inner(std::string_view text, int depth) const {
    auto inner = read(text, depth + 1);
    TRY(inner);
    return std::make_shared<const Policy>(std::move(*inner));
  }

  std::size_t voters_;
  std::span<const PolicyKind* const> kinds_;
};

Result<Policy> make_policy(std::string_view name, std::size_t voters,
                           std::span<const PolicyArgument> arguments) {
  return PolicyReader(voters, policy_kinds()).make(name, arguments);
}

Result<Policy> make_policy(const PolicyKind& kind, std::size_t voters) {
  return PolicyReader(voters, policy_kinds()).make(kind, {});
}

Result<Policy> parse_policy(std::string_view text, std::size_t voters,
                            std::span<const PolicyKind* const> kinds) {
  return PolicyReader(voters, kinds).read(text);
}

bool operator==(const Policy& a, const Policy& b) {
  const auto same = [](const PolicyValue& x, const PolicyValue& y) {
    const auto* inner = std::get_if<std::shared_ptr<const Policy>>(&x);
    const auto* other = std::get_if<std::shared_ptr<const Policy>>(&y);
    return inner != nullptr && other != nullptr ? **inner == **other : x == y;
  };
  return a.kind_ == b.kind_ && a.voters_ == b.voters_ &&
         std::ranges::equal(a.values_, b.values_, same);
}

Policy Policy::with_value(std::size_t parameter, double value) const {
  const PolicyParameter& spec = kind_->parameters[parameter];
  Policy changed = *this;
  if (std::isnan(value)) return changed;
  if (spec.type == ParameterType::integer) value = std::round(value);
  changed.values_[parameter] = std::clamp(value, spec.minimum, greatest(spec, voters_));
  return changed;
}

Policy Policy::with_inner(std::size_t parameter, Policy inner) const {
  Policy changed = *this;
  changed.values_[parameter] = std::make_shared<const Policy>(std::move(inner));
  return changed;
}

Policy Policy::for_voters(std::size_t voters) const {
  Policy moved = *this;
  moved.voters_ = voters;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const PolicyParameter& parameter = kind_->parameters[i];
    switch (parameter.type) {
      case ParameterType::number:
      case ParameterType::integer:
        if (number(i) == parameter.default_value(voters_))
          moved.values_[i] = parameter.default_value(voters);
        else
          moved = moved.with_value(i, number(i));
        break;
      case ParameterType::list:
        if (!are_within(parameter, list(i), voters)) moved.values_[i] = std::vector<double>();
        break;
      case ParameterType::policy:
        moved.values_[i] = std::make_shared<const Policy>(inner(i).for_voters(voters));
        break;
      case ParameterType::word:
      case ParameterType::file: break;
    }
  }
  return moved;
}

Result<Policy> Policy::with_text(std::size_t parameter, std::string_view text) const {
  const PolicyReader reader(voters_, policy_kinds());
  auto value = reader.read_value(*kind_, kind_->parameters[parameter], text, 0);
  TRY(value);
  Policy changed = *this;
  changed.values_[parameter] = std::move(*value);
  return changed;
}

std::string argument_text(const Policy& policy, std::size_t parameter) {
  switch (policy.kind().parameters[parameter].type) {
    case ParameterType::number:
    case ParameterType::integer: return shortest(policy.number(parameter));
    case ParameterType::word:
    case ParameterType::file: {
      const std::string& text = policy.text(parameter);
      return needs_quotes(text) ? '"' + text + '"' : text;
    }
    case ParameterType::list: {
      std::string text;
      for (const double entry : policy.list(parameter))
        text += (text.empty() ? "" : ":") + shortest(entry);
      return text;
    }
    case ParameterType::policy: return to_string(policy.inner(parameter));
  }
  return {};
}

namespace {

std::string with_arguments(const Policy& policy, std::span<const std::string> arguments) {
  std::string inside;
  for (const std::string& argument : arguments) inside += (inside.empty() ? "(" : ",") + argument;
  return std::string(policy.kind().name) + (inside.empty() ? "" : inside + ")");
}

}  // namespace

std::string to_string(const Policy& policy) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < policy.values().size(); ++i)
    arguments.push_back(
        fmt::format("{}={}", policy.kind().parameters[i].name, argument_text(policy, i)));
  return with_arguments(policy, arguments);
}

std::string score_key(const Policy& policy) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < policy.values().size(); ++i) {
    const PolicyParameter& parameter = policy.kind().parameters[i];
    const bool nested = parameter.type == ParameterType::policy;
    if (parameter.use != ParameterUse::accepts)
      arguments.push_back(fmt::format("{}={}", parameter.name, argument_text(policy, i)));
    else if (nested)
      arguments.push_back(fmt::format("{}={}", parameter.name, score_key(policy.inner(i))));
  }
  return with_arguments(policy, arguments);
}

std::string value_text(double value, bool integer) {
  if (integer) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.4f}", value);
  while (text.ends_with('0') && text.size() - text.find('.') > 3) text.pop_back();
  return text;
}

}  // namespace plumbline

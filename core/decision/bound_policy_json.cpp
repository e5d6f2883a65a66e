#include "core/decision/bound_policy_json.h"

#include <cmath>

#include <fmt/format.h>

#include "core/types/json_object.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_policy = 65'536, most_numbers = 1'048'576;
constexpr std::int64_t most_saved_voters = 32'767;

nlohmann::ordered_json json_of(const BoundPolicy& policy) {
  nlohmann::ordered_json json = {{"policy", to_string(policy.policy)},
                                 {"voters", policy.policy.voters()}};
  if (!policy.learned.split.empty()) json["split"] = policy.learned.split;
  if (!policy.learned.numbers.empty()) json["learned"] = policy.learned.numbers;
  for (const BoundPolicy& inner : policy.inner) json["inner"].push_back(json_of(inner));
  return json;
}

/// The numbers that the kind says it learns, and no others.
void read_learned(JsonObject json, const PolicyKind& kind, std::size_t voters, Learned& learned) {
  for (const LearnedPart& part : kind.learns) {
    const nlohmann::json& list = json.list(part.name, most_numbers);
    std::vector<double> numbers;
    for (const auto& entry : list)
      if (entry.is_number() && std::isfinite(entry.get<double>()))
        numbers.push_back(entry.get<double>());
    if (numbers.size() != list.size())
      json.wrong(part.name, "must be a list of finite numbers");
    else if (part.count && numbers.size() != part.count(voters))
      json.wrong(part.name, fmt::format("must be a list of {} numbers", part.count(voters)));
    learned.numbers.emplace(part.name, std::move(numbers));
  }
  json.refuse_unknown();
}

/// `expected`: of a nested policy what the outer one's text says that it is.
Result<BoundPolicy> read_json(const nlohmann::json& document, const std::string& where,
                              std::span<const PolicyKind* const> kinds, const Policy* expected) {
  JsonErrors errors{where, "a policy as it was saved", {}};
  JsonObject json(document, "", errors);
  const std::string text = json.text("policy", longest_policy);
  const auto voters = static_cast<std::size_t>(json.integer("voters", 1, most_saved_voters));
  if (errors.first) return tl::unexpected(*errors.first);
  auto policy = parse_policy(text, voters, kinds);
  if (!policy) return bad_input(policy.error().message, where, policy.error().hint);
  if (expected != nullptr && *policy != *expected)
    return bad_input(
        fmt::format("the nested policy '{}' is not the one that the parameters name", text), where);
  BoundPolicy bound{*policy, {}, {}};
  bound.learned.split = json.text("split", longest_policy, std::string());
  if (!policy->kind().learns.empty())
    read_learned(json.object("learned"), policy->kind(), voters, bound.learned);
  std::vector<const Policy*> nested;
  for (std::size_t i = 0; i < policy->values().size(); ++i)
    if (policy->kind().parameters[i].type == ParameterType::policy)
      nested.push_back(&policy->inner(i));
  const nlohmann::json& inner = json.list("inner", nested.size(), !nested.empty());
  if (inner.size() != nested.size())
    json.wrong("inner", "must have one entry for each nested policy");
  json.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  for (std::size_t i = 0; i < nested.size(); ++i) {
    auto read = read_json(inner[i], where, kinds, nested[i]);
    TRY(read);
    bound.inner.push_back(std::move(*read));
  }
  return bound;
}

}  // namespace

std::string to_json(const BoundPolicy& policy) {
  return json_of(policy).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<BoundPolicy> read_bound_policy(std::string_view json, const std::string& where,
                                      std::span<const PolicyKind* const> kinds) {
  const auto document = parse_json(json, where);
  TRY(document);
  return read_json(*document, where, kinds, nullptr);
}

}  // namespace plumbline

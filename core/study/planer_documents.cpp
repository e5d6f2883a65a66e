#include "core/study/planer_documents.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/data/utf8.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t longest_document = std::size_t{16} << 20;
constexpr std::size_t longest_name = 100, longest_path = 4096, most_search_targets = 256;
constexpr double largest_search_target = 10;

constexpr std::array<std::string_view, 5> origin_names = {"trained", "imported", "found", "random",
                                                          "free"};

Result<void> check_length(const std::string& text, const std::string& what) {
  if (text.size() <= longest_document) return {};
  return bad_input(fmt::format("has {} bytes; at most {} are read", text.size(), longest_document),
                   what);
}

}  // namespace

Result<json> read_document(const std::string& text, const std::string& what) {
  TRY(check_length(text, what));
  return parse_json(text, what);
}

Result<ordered_json> read_ordered_document(const std::string& text, const std::string& what) {
  TRY(check_length(text, what));
  return parse_ordered_json(text, what);
}

Result<BackboneConfig> read_config_document(const std::string& text, const std::string& what) {
  const auto document = read_document(text, what);
  TRY(document);
  return parse_backbone_config(*document, what);
}

std::string document_text(const ordered_json& document) {
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json to_json(const TextReference& text) {
  return {{"file", text.file},
          {"hash", text.hash},
          {"tokens", text.tokens},
          {"train", text.train},
          {"validation", text.validation}};
}

Result<TextReference> parse_text_reference(const json& document, const std::string& what) {
  JsonErrors errors{what, "", {}};
  JsonObject object(document, "", errors);
  TextReference text;
  text.file = object.text("file", longest_path);
  text.hash = object.text("hash", longest_name);
  const std::initializer_list<std::string_view> tokens = {"bytes", "words", "uint16"};
  text.tokens = std::data(tokens)[object.choice("tokens", tokens)];
  text.train = object.number("train", 0, 1);
  text.validation = object.number("validation", 0, 1);
  // 0.9 + 0.1 is a little more than 1 in doubles.
  if (text.train + text.validation > 1 + 1e-9)
    object.wrong("validation", "and 'train' must not exceed 1 together");
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  return text;
}

Result<CostKind> read_cost(const ordered_json& settings, const std::string& what) {
  const auto found = settings.is_object() ? settings.find("cost") : settings.end();
  if (found == settings.end()) return CostKind::latency;
  const auto cost =
      found->is_string() ? find_cost(found->get_ref<const std::string&>()) : std::nullopt;
  if (!cost) return bad_input("'cost' must be latency or energy", what);
  return *cost;
}

void write_cost(ordered_json& settings, CostKind cost) {
  if (cost != CostKind::latency) settings["cost"] = cost_name(cost);
}

Result<std::vector<double>> parse_targets(const json& document, const std::string& what) {
  std::vector<double> targets;
  bool fine = document.is_array() && document.size() <= most_search_targets;
  if (fine)
    for (const json& target : document) {
      fine = fine && target.is_number() && target.get<double>() > 0 &&
             target.get<double>() <= largest_search_target;
      if (fine) targets.push_back(target.get<double>());
    }
  if (!fine)
    return bad_input(fmt::format("must be a list of at most {} numbers above 0 and up to {}",
                                 most_search_targets, largest_search_target),
                     what);
  return targets;
}

std::string_view origin_name(NetworkOrigin origin) {
  return origin_names[static_cast<std::size_t>(origin)];
}

Result<NetworkOrigin> parse_origin(std::string_view name, const std::string& what) {
  const auto found = std::ranges::find(origin_names, name);
  if (found == origin_names.end())
    return bad_input(fmt::format("the origin '{}' is unknown", name.substr(0, 80)), what);
  return static_cast<NetworkOrigin>(found - origin_names.begin());
}

Result<void> check_planer_name(std::string_view kind, std::string_view name) {
  const bool plain = !name.empty() && name.size() <= longest_name && name.front() != '.' &&
                     name.find_first_of(":,/\\") == std::string_view::npos && is_utf8(name) &&
                     std::ranges::none_of(name, [](unsigned char c) { return c < 32 || c == 127; });
  if (plain) return {};
  return usage_error(fmt::format("the name of {} must have 1 to {} bytes, contain no ':', ',' or "
                                 "'/', and not begin with '.'",
                                 kind, longest_name),
                     escaped(name.substr(0, longest_name)));
}

}  // namespace plumbline

#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/study/planer_records.h"
#include "core/types/error.h"

namespace plumbline {

/// How the study writes what has a structure: JSON texts in SQLite, of at most 16 MiB each. Errors
/// name `what`: "search 'base', increments".
Result<nlohmann::json> read_document(const std::string& text, const std::string& what);
Result<nlohmann::ordered_json> read_ordered_document(const std::string& text,
                                                     const std::string& what);
/// Bytes that are no UTF-8 are replaced.
std::string document_text(const nlohmann::ordered_json& document);
Result<BackboneConfig> read_config_document(const std::string& text, const std::string& what);

nlohmann::ordered_json to_json(const TextReference& text);
/// Errors: shares outside 0 to 1 or above 1 together, unknown keys.
Result<TextReference> parse_text_reference(const nlohmann::json& json, const std::string& what);

/// What a search or a network says of its target's kind, in its settings under "cost": what says
/// nothing is of latency, as every one before there were others. Errors: another word.
Result<CostKind> read_cost(const nlohmann::ordered_json& settings, const std::string& what);
/// Writes it there; latency is not written.
void write_cost(nlohmann::ordered_json& settings, CostKind cost);

/// Fractions of the baseline's cost: at most 256, each above 0 and up to 10.
Result<std::vector<double>> parse_targets(const nlohmann::json& json, const std::string& what);

std::string_view origin_name(NetworkOrigin origin);
Result<NetworkOrigin> parse_origin(std::string_view name, const std::string& what);

/// What a name of a network or search must be (study.h). `kind`: "a network".
Result<void> check_planer_name(std::string_view kind, std::string_view name);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/backbone_config.h"
#include "core/planer/option.h"
#include "core/types/error.h"

namespace plumbline {

/// One option per slot, first slot first.
using Architecture = std::vector<OptionIndex>;

/// The inner layer of a feed-forward, or of an expert, of that option, rounded down.
std::int64_t inner_width(const BackboneConfig& config, const SlotOption& option);

/// The backbone as published: attention of all its heads and feed-forward, layer by layer.
Architecture baseline_architecture(const BackboneConfig& config);

/// {"schema": 1, "options": ["attention-8", "feed-forward", …]}
nlohmann::ordered_json to_json(const Architecture& architecture);
/// Errors: another number of slots, an unknown option, one that the backbone cannot have.
Result<Architecture> parse_architecture(const nlohmann::json& json, const BackboneConfig& config,
                                        const std::string& where);

/// "A8 FF A8 FF – FF": labels, skip as a dash.
std::string strip_text(const Architecture& architecture);

/// Parameters of the slots and of embedding and softmax, as the engine makes them (a test holds
/// both against each other). `active`: those that one token uses.
struct ParameterCount {
  std::int64_t all = 0, active = 0;
};
/// What one slot with that option has, its residual's normalisation included.
ParameterCount slot_parameters(const BackboneConfig& config, const SlotOption& option);
ParameterCount count_parameters(const BackboneConfig& config, const Architecture& architecture);

}  // namespace plumbline

#include "core/planer/architecture.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/planer/vocabulary_clusters.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The two layers, in and out, with their biases.
std::int64_t feed_forward_parameters(const BackboneConfig& config, std::int64_t inner) {
  return 2 * config.d_model * inner + inner + config.d_model;
}

std::int64_t attention_parameters(const BackboneConfig& config, std::int64_t heads) {
  const std::int64_t width = heads * config.d_head;
  std::int64_t count = 4 * config.d_model * width;
  // The projection of relative positions, and the two biases u and v.
  if (config.positions == Positions::relative) count += config.d_model * width + 2 * width;
  if (config.projection_biases) count += 3 * width + config.d_model;
  return count;
}

}  // namespace

ParameterCount slot_parameters(const BackboneConfig& config, const SlotOption& option) {
  const std::int64_t norm = 2 * config.d_model;
  switch (option.kind) {
    case OptionKind::skip: return {};
    case OptionKind::attention: {
      const auto count = attention_parameters(config, option.heads) + norm;
      return {count, count};
    }
    case OptionKind::feed_forward: {
      const auto count = feed_forward_parameters(config, inner_width(config, option)) + norm;
      return {count, count};
    }
    case OptionKind::experts: {
      const auto expert = feed_forward_parameters(config, inner_width(config, option));
      const auto gate = config.d_model * config.experts;
      return {config.experts * expert + gate + norm, option.top_k * expert + gate + norm};
    }
  }
  return {};
}

namespace {

/// Embedding and softmax. Where they are tied they share weights and projections.
std::int64_t vocabulary_parameters(const BackboneConfig& config) {
  std::int64_t tables = 0;
  for (const VocabularyCluster& cluster : vocabulary_clusters(config)) {
    tables += cluster.count * cluster.width;
    if (cluster.projected) tables += config.d_model * cluster.width;
  }
  const auto tails = static_cast<std::int64_t>(config.cutoffs.size());
  const std::int64_t biases = config.vocabulary + tails;
  return (config.tied ? 1 : 2) * tables + biases + tails * config.embedding_width();
}

}  // namespace

std::int64_t inner_width(const BackboneConfig& config, const SlotOption& option) {
  return config.d_inner * option.width / 100;
}

Architecture baseline_architecture(const BackboneConfig& config) {
  const auto attention = attention_option(static_cast<int>(config.heads)).value_or(skip_option);
  const auto feed_forward = find_option("feed-forward").value_or(skip_option);
  Architecture architecture;
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    architecture.push_back(attention);
    architecture.push_back(feed_forward);
  }
  return architecture;
}

ordered_json to_json(const Architecture& architecture) {
  ordered_json options = ordered_json::array();
  for (const OptionIndex option : architecture) options.push_back(slot_option(option).name);
  return {{"schema", 1}, {"options", std::move(options)}};
}

Result<Architecture> parse_architecture(const json& document, const BackboneConfig& config,
                                        const std::string& where) {
  JsonErrors errors{where, "correct the architecture", {}};
  JsonObject object(document, "", errors);
  object.integer("schema", 1, 1, 1);
  const auto slots = static_cast<std::size_t>(config.slots());
  const json& options = object.list("options", slots);
  if (options.size() != slots)
    object.wrong("options", fmt::format("must be a list of {} names, one per slot of '{}'", slots,
                                        config.name));
  object.refuse_unknown();
  const auto usable = usable_options(config);
  Architecture architecture;
  for (const json& name : options) {
    const auto option =
        name.is_string() ? find_option(name.get_ref<const std::string&>()) : std::nullopt;
    if (!option || std::ranges::find(usable, *option) == usable.end()) {
      object.wrong(fmt::format("options[{}]", architecture.size()),
                   fmt::format("must be one of: {}", option_names(usable)));
      break;
    }
    architecture.push_back(*option);
  }
  if (errors.first) return tl::unexpected(*errors.first);
  return architecture;
}

std::string strip_text(const Architecture& architecture) {
  std::string text;
  for (const OptionIndex option : architecture) {
    const auto label = slot_option(option).label;
    text += fmt::format("{}{}", text.empty() ? "" : " ", label.empty() ? "–" : label);
  }
  return text;
}

ParameterCount count_parameters(const BackboneConfig& config, const Architecture& architecture) {
  std::int64_t outside = vocabulary_parameters(config);
  if (config.positions == Positions::learned) outside += config.train.length * config.d_model;
  // Where norms come first, the last sum has none, so that one more follows it.
  if (config.norm == NormPlace::pre) outside += 2 * config.d_model;
  ParameterCount count{outside, outside};
  for (const OptionIndex option : architecture) {
    const auto slot = slot_parameters(config, slot_option(option));
    count.all += slot.all;
    count.active += slot.active;
  }
  return count;
}

}  // namespace plumbline

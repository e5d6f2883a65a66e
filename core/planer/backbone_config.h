#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/planer/option.h"
#include "core/types/error.h"

namespace plumbline {

enum class Positions { relative, learned };  ///< Transformer-XL's; GPT-2's
enum class NormPlace { post, pre };
enum class Activation { relu, gelu };  ///< gelu: the tanh form, as GPT-2

/// Tokens of a segment and of the memory before it.
struct SegmentShape {
  std::int64_t length = 0, memory = 0;
  friend bool operator==(const SegmentShape&, const SegmentShape&) = default;
};

/// A Transformer language model's backbone (DOMAIN 2, table of configurations). A layer is two
/// slots: attention, then feed-forward.
struct BackboneConfig {
  std::string name;
  std::int64_t layers = 0, d_model = 0, heads = 0, d_head = 0, d_inner = 0;
  std::int64_t vocabulary = 256;      ///< tokens; 256 for bytes
  std::vector<std::int64_t> cutoffs;  ///< of adaptive embedding and softmax; empty: plain
  std::int64_t d_embed = 0;           ///< 0: d_model
  std::int64_t div_val = 1;           ///< each cluster's embedding is narrower by this factor
  Positions positions = Positions::relative;
  NormPlace norm = NormPlace::post;
  Activation activation = Activation::relu;
  bool projection_biases = false;  ///< of attention's projections: GPT-2 has them
  bool tied = true;                ///< embedding and softmax share weights
  std::int64_t clamp = 0;          ///< largest relative distance at evaluation; 0: none
  bool same_length = false;        ///< every token sees as many as the first one of its segment
  double dropout = 0, attention_dropout = 0;
  std::int64_t experts = 8;
  SegmentShape train, evaluation;

  std::int64_t slots() const { return 2 * layers; }
  std::int64_t embedding_width() const { return d_embed == 0 ? d_model : d_embed; }
  friend bool operator==(const BackboneConfig&, const BackboneConfig&) = default;
};

/// Names of the built-in configurations: tiny, enwik8-base, wt103-base.
std::vector<std::string> backbone_config_names();

/// A built-in configuration by name, or the JSON file of that path. A file needs layers, d_model,
/// heads, d_head and d_inner; other keys that it leaves out have `tiny`'s values, `evaluation`
/// those of `train`, `name` that of the file. Errors: an unknown key, a value out of its range
/// (each named with its range).
Result<BackboneConfig> load_backbone_config(const std::string& name_or_file);
Result<BackboneConfig> parse_backbone_config(const nlohmann::json& json, const std::string& where);
nlohmann::ordered_json to_json(const BackboneConfig& config);

/// The options that a backbone can have in a slot: attention no wider than its own heads.
std::vector<OptionIndex> usable_options(const BackboneConfig& config);

}  // namespace plumbline

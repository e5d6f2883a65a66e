#include "core/planer/backbone_config.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/data/file_handle.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Generous, but products of them stay within 63 bits and a typing error is found.
constexpr std::int64_t most_layers = 128, widest = 16'384, widest_inner = 65'536;
constexpr std::int64_t most_tokens = 2'000'000, longest_segment = 65'536, most_experts = 256;
constexpr std::size_t most_cutoffs = 16, longest_config_name = 64;
constexpr std::uint64_t largest_file = std::uint64_t{1} << 20;

BackboneConfig tiny() {
  BackboneConfig config;
  config.name = "tiny";
  config.layers = 4;
  config.d_model = 128;
  config.heads = 8;
  config.d_head = 16;
  config.d_inner = 512;
  config.train = config.evaluation = {64, 64};
  return config;
}

/// As in kimiyoung's run_enwik8_base.sh, with all 256 bytes instead of the 204 that the text has.
BackboneConfig enwik8_base() {
  BackboneConfig config;
  config.name = "enwik8-base";
  config.layers = 12;
  config.d_model = 512;
  config.heads = 8;
  config.d_head = 64;
  config.d_inner = 2048;
  config.clamp = 820;
  config.same_length = true;
  config.dropout = 0.1;
  config.train = {512, 512};
  config.evaluation = {80, 2100};
  return config;
}

/// As in NVIDIA's wt103_base.yaml: clusters of equal width (div_val 4 is the large network's).
BackboneConfig wt103_base() {
  BackboneConfig config;
  config.name = "wt103-base";
  config.layers = 16;
  config.d_model = 512;
  config.heads = 8;
  config.d_head = 64;
  config.d_inner = 2048;
  config.vocabulary = 267'735;
  config.cutoffs = {19'997, 39'997, 199'997};
  config.d_embed = 512;
  config.clamp = 400;
  config.same_length = true;
  config.dropout = 0.1;
  config.train = {192, 192};
  config.evaluation = {64, 640};
  return config;
}

constexpr std::array built_in = {tiny, enwik8_base, wt103_base};

SegmentShape read_shape(JsonObject& object) {
  SegmentShape shape;
  shape.length = object.integer("length", 1, longest_segment);
  shape.memory = object.integer("memory", 0, longest_segment, 0);
  object.refuse_unknown();
  return shape;
}

ordered_json shape_json(const SegmentShape& shape) {
  return {{"length", shape.length}, {"memory", shape.memory}};
}

void read_cutoffs(JsonObject& object, BackboneConfig& config) {
  for (const json& entry : object.list("cutoffs", most_cutoffs, false)) {
    const std::int64_t before = config.cutoffs.empty() ? 0 : config.cutoffs.back();
    if (!entry.is_number_integer() || entry.get<std::int64_t>() <= before ||
        entry.get<std::int64_t>() >= config.vocabulary)
      return object.wrong("cutoffs", "must be rising integers below 'vocabulary'");
    config.cutoffs.push_back(entry.get<std::int64_t>());
  }
}

/// What a table of ranges cannot say.
void check_together(JsonObject& object, const BackboneConfig& config) {
  if (!attention_option(static_cast<int>(config.heads))) {
    std::vector<int> heads;
    for (const SlotOption& option : slot_options())
      if (option.kind == OptionKind::attention) heads.push_back(option.heads);
    object.wrong("heads", fmt::format("must be one of {}, the heads that options have",
                                      fmt::join(heads, ", ")));
  }
  if (config.d_model % 2 != 0) object.wrong("d_model", "must be even");
  if (config.div_val > 1 && config.cutoffs.empty()) object.wrong("div_val", "needs 'cutoffs'");
  std::int64_t width = config.embedding_width();
  for (std::size_t i = 0; i < config.cutoffs.size(); ++i) width /= config.div_val;
  if (width < 1)
    object.wrong("div_val", "is so large that the last cluster's embedding has no width");
  if (config.positions == Positions::learned) {
    if (config.train.memory != 0)
      object.wrong("train.memory", "must be 0 where positions are learned");
    if (config.evaluation.length + config.evaluation.memory > config.train.length)
      object.wrong("evaluation", "must not exceed 'train.length' where positions are learned");
  }
}

}  // namespace

std::vector<std::string> backbone_config_names() {
  std::vector<std::string> names;
  for (const auto make : built_in) names.push_back(make().name);
  return names;
}

Result<BackboneConfig> load_backbone_config(const std::string& name_or_file) {
  for (const auto make : built_in)
    if (BackboneConfig config = make(); config.name == name_or_file) return config;
  const std::filesystem::path file = name_or_file;
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    return bad_input(fmt::format("there is no configuration '{}'", name_or_file), "",
                     fmt::format("configurations: {}, or the path of a JSON file",
                                 fmt::join(backbone_config_names(), ", ")));
  const auto bytes = read_whole_file(file, largest_file);
  TRY(bytes);
  const auto document =
      parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
  TRY(document);
  return parse_backbone_config(*document, file.string());
}

Result<BackboneConfig> parse_backbone_config(const json& document, const std::string& where) {
  JsonErrors errors{where, "correct the configuration", {}};
  JsonObject object(document, "", errors);
  BackboneConfig config = tiny();
  object.integer("schema", 1, 1, 1);
  config.name =
      object.text("name", longest_config_name, std::filesystem::path(where).stem().string());
  config.layers = object.integer("layers", 1, most_layers);
  config.d_model = object.integer("d_model", 2, widest);
  config.heads = object.integer("heads", 1, widest);
  config.d_head = object.integer("d_head", 1, widest);
  config.d_inner = object.integer("d_inner", 1, widest_inner);
  config.vocabulary = object.integer("vocabulary", 2, most_tokens, config.vocabulary);
  read_cutoffs(object, config);
  config.d_embed = object.integer("d_embed", 0, widest, config.d_embed);
  config.div_val = object.integer("div_val", 1, 64, config.div_val);
  config.positions = object.choice("positions", {"relative", "learned"}, 0) == 0
                         ? Positions::relative
                         : Positions::learned;
  config.norm = object.choice("norm", {"post", "pre"}, 0) == 0 ? NormPlace::post : NormPlace::pre;
  config.activation =
      object.choice("activation", {"relu", "gelu"}, 0) == 0 ? Activation::relu : Activation::gelu;
  config.projection_biases = object.flag("projection_biases", config.projection_biases);
  config.tied = object.flag("tied", config.tied);
  config.clamp = object.integer("clamp", 0, longest_segment, config.clamp);
  config.same_length = object.flag("same_length", config.same_length);
  config.dropout = object.number("dropout", 0, 0.9, config.dropout);
  config.attention_dropout = object.number("attention_dropout", 0, 0.9, config.attention_dropout);
  config.experts = object.integer("experts", 2, most_experts, config.experts);
  if (object.has("train")) {
    auto shape = object.object("train");
    config.train = config.evaluation = read_shape(shape);
  }
  if (object.has("evaluation")) {
    auto shape = object.object("evaluation");
    config.evaluation = read_shape(shape);
  }
  object.refuse_unknown();
  if (!object.failed()) check_together(object, config);
  if (errors.first) return tl::unexpected(*errors.first);
  return config;
}

ordered_json to_json(const BackboneConfig& config) {
  return {{"schema", 1},
          {"name", config.name},
          {"layers", config.layers},
          {"d_model", config.d_model},
          {"heads", config.heads},
          {"d_head", config.d_head},
          {"d_inner", config.d_inner},
          {"vocabulary", config.vocabulary},
          {"cutoffs", config.cutoffs},
          {"d_embed", config.d_embed},
          {"div_val", config.div_val},
          {"positions", config.positions == Positions::relative ? "relative" : "learned"},
          {"norm", config.norm == NormPlace::post ? "post" : "pre"},
          {"activation", config.activation == Activation::relu ? "relu" : "gelu"},
          {"projection_biases", config.projection_biases},
          {"tied", config.tied},
          {"clamp", config.clamp},
          {"same_length", config.same_length},
          {"dropout", config.dropout},
          {"attention_dropout", config.attention_dropout},
          {"experts", config.experts},
          {"train", shape_json(config.train)},
          {"evaluation", shape_json(config.evaluation)}};
}

std::vector<OptionIndex> usable_options(const BackboneConfig& config) {
  std::vector<OptionIndex> usable;
  const auto all = slot_options();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].heads <= config.heads && config.d_inner * all[i].width >= 100)
      usable.push_back(static_cast<OptionIndex>(i));
  return usable;
}

}  // namespace plumbline

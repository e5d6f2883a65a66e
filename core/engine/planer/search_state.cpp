#include "core/engine/planer/search_state.h"

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/engine/planer/network_files.h"
#include "core/study/planer_documents.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Of the training part, for the weights; the rest is α's (Wu et al. 2019).
constexpr double weights_share = 0.8;

ordered_json target_json(const TargetState& state) {
  ordered_json json = {{"target", state.target}};
  if (state.found) json["found"] = to_json(*state.found);
  if (state.free) json["free"] = to_json(*state.free);
  json["random"] = ordered_json::array();
  for (const auto& architecture : state.random) json["random"].push_back(to_json(architecture));
  return json;
}

}  // namespace

TokenRange SearchStages::State::weights_range() const {
  const TokenRange all = text.parts.train;
  return {all.first, static_cast<std::int64_t>(weights_share * static_cast<double>(all.count))};
}

TokenRange SearchStages::State::architecture_range() const {
  const TokenRange all = text.parts.train, weights = weights_range();
  return {weights.end(), all.count - weights.count};
}

Result<TokenLanes> SearchStages::State::lanes(const TokenRange& range) const {
  return TokenLanes::make(text.tokens, range, plan.course.batch, plan.course.shape.length,
                          text.reference.file);
}

ordered_json SearchStages::State::settings() const {
  ordered_json json = describe(plan.course);
  json["warm_up_steps"] = plan.warm_up_steps;
  json["search_steps"] = plan.search_steps;
  json["base"] = plan.base.hash;
  json["text"] = text.reference.hash;
  json["latency"] = to_json(plan.step.key());
  write_cost(json, plan.cost);
  if (!plan.without.empty()) {
    ordered_json& names = json["without"] = ordered_json::array();
    for (const OptionIndex option : plan.without) names.push_back(slot_option(option).name);
  }
  add_numbering(json, text);
  return json;
}

Result<void> SearchStages::State::save() const {
  ordered_json json = {{"schema", 1}, {"settings", settings()}, {"targets", ordered_json::array()}};
  for (const auto& state : targets) json["targets"].push_back(target_json(state));
  return write_file_atomically(folder / "search.json", std::string_view(json.dump(1)));
}

Result<void> SearchStages::State::load() {
  const fs::path file = folder / "search.json";
  std::error_code code;
  if (!fs::exists(file, code)) return save();
  const auto bytes = read_whole_file(file, 1 << 24);
  if (!bytes) return tl::unexpected(bytes.error());
  const auto json =
      parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
  if (!json) return tl::unexpected(json.error());
  const auto damaged = [&] {
    return bad_input("the search's checkpoint is damaged", file.string(),
                     "remove the search's folder, then start it again");
  };
  if (!json->is_object() || !json->contains("settings") || !json->contains("targets") ||
      !(*json)["targets"].is_array())
    return damaged();
  if (ordered_json((*json)["settings"]) != ordered_json(nlohmann::json(settings())))
    return usage_error(fmt::format("the search '{}' was begun with other settings", plan.name),
                       "--name", "give the same settings, or another name");
  for (const auto& entry : (*json)["targets"]) {
    if (!entry.is_object() || !entry.contains("target") || !entry["target"].is_number())
      return damaged();
    TargetState state;
    state.target = entry["target"].get<double>();
    const auto read = [&](const nlohmann::json& source) {
      return parse_architecture(source, plan.base.config, file.string());
    };
    if (entry.contains("found")) {
      auto found = read(entry["found"]);
      if (!found) return tl::unexpected(found.error());
      state.found = std::move(*found);
    }
    if (entry.contains("free")) {
      auto chosen = read(entry["free"]);
      if (!chosen) return tl::unexpected(chosen.error());
      state.free = std::move(*chosen);
    }
    if (entry.contains("random") && entry["random"].is_array())
      for (const auto& one : entry["random"]) {
        auto architecture = read(one);
        if (!architecture) return tl::unexpected(architecture.error());
        state.random.push_back(std::move(*architecture));
      }
    targets.push_back(std::move(state));
  }
  return {};
}

TargetState& SearchStages::State::of(double target) {
  for (auto& state : targets)
    if (state.target == target) return state;
  targets.push_back({target, {}, {}, {}});
  return targets.back();
}

Result<void> SearchStages::State::load_warm() const {
  auto file = SafetensorsFile::open(warm_file());
  if (!file) return tl::unexpected(file.error());
  if (auto loaded = load_tensors(*file, super->parameters().masters(), warm_file().string());
      !loaded)
    return loaded;
  super->parameters().refresh();
  return {};
}

}  // namespace plumbline

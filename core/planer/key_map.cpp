#include "core/planer/key_map.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/planer/key_source.h"

namespace plumbline {

namespace {

struct Map {
  std::string_view name;
  void (*fill)(KeySource&);
};

constexpr std::array maps{Map{"transformer-xl", map_transformer_xl}, Map{"gpt2", map_gpt2}};

}  // namespace

std::vector<std::string> key_map_names() {
  std::vector<std::string> names;
  for (const auto& map : maps) names.emplace_back(map.name);
  return names;
}

Result<KeyMap> map_keys(std::string_view name, std::span<const TensorView> tensors,
                        const BackboneConfig& config, const std::string& where) {
  const auto map = std::ranges::find(maps, name, &Map::name);
  if (map == maps.end()) {
    return usage_error(fmt::format("there is no map '{}'", name), "--map",
                       fmt::format("there are {}", fmt::join(key_map_names(), ", ")));
  }
  KeySource source(tensors, config);
  map->fill(source);
  return source.finish(name, where);
}

}  // namespace plumbline

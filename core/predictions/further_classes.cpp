#include "core/predictions/further_classes.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace plumbline {

std::string further_text(const FurtherClasses& names) {
  return nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<FurtherClasses> parse_further(std::string_view text, std::size_t most) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array() || json.size() > most) return std::nullopt;
  FurtherClasses names;
  for (const auto& name : json) {
    if (!name.is_string()) return std::nullopt;
    names.push_back(name.get<std::string>());
  }
  return names;
}

ClassPlaces::ClassPlaces(const std::vector<std::string>& dataset_classes, std::size_t base)
    : base_(std::max(base, dataset_classes.size())) {
  for (std::size_t i = 0; i < dataset_classes.size(); ++i) places_.emplace(dataset_classes[i], i);
}

bool ClassPlaces::add(const FurtherClasses& names) {
  for (const std::string& name : names) {
    if (places_.contains(name)) continue;
    if (size() >= std::size_t{max_classes}) return false;
    places_.emplace(name, size());
    further_.push_back(name);
  }
  return true;
}

std::vector<ClassIndex> ClassPlaces::from(std::size_t own, const FurtherClasses& further) const {
  std::vector<ClassIndex> places(own + further.size());
  bool moved = false;
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] = static_cast<ClassIndex>(i);
    if (i < own) continue;
    const auto found = places_.find(further[i - own]);
    places[i] = found == places_.end() ? no_class : static_cast<ClassIndex>(found->second);
    moved |= places[i] != i;
  }
  if (!moved) places.clear();
  return places;
}

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/review/compared_side.h"

namespace plumbline {

/// One item with what both sides made of it.
struct ComparedItem {
  std::string sample;                   ///< its file below the data set
  std::optional<std::uint32_t> object;  ///< its number within the sample
  Change change = Change::same;
  ClassIndex truth = no_class, first_label = no_class, second_label = no_class;
  Verdict first = Verdict::unjudged, second = Verdict::unjudged;
};

/// What `compare` found.
struct CompareOutput {
  ComparedSide first, second;
  std::optional<std::int64_t> kept;  ///< what the first side was set to keep at least
  Comparison comparison;
  bool lists_items = false;
  std::vector<ComparedItem> items;  ///< of the kinds that were asked for, in their order

  bool of_objects() const { return second.reviewed->boxes != nullptr; }
};

/// In the order in which they are printed.
inline constexpr Change shown_changes[] = {Change::gained, Change::lost, Change::changed,
                                           Change::same, Change::unjudged};
/// "gained", "lost", "changed", "same", "unjudged"
const char* change_key(Change change);

/// Keys and order are what scripts depend on. Shares are from 0 to 1, intervals of 95 %.
nlohmann::ordered_json json_of(const CompareOutput& output);
/// For people: shares in percent, as the Compare page has them.
void print_comparison(const CompareOutput& output);

}  // namespace plumbline

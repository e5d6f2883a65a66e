#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/types/class_index.h"

namespace plumbline {

/// The names of the classes that predictions have behind those of their data set, by place: a model
/// may know more than the data set has, and a data set never changes for a model. Every prediction
/// file says its own, so that what two models call alike is one class in every run that has both,
/// and what they call unlike is two.
using FurtherClasses = std::vector<std::string>;

/// As a prediction file has them: a JSON list of texts.
std::string further_text(const FurtherClasses& names);
/// Nothing where the text is no such list, or one of more than `most` names.
std::optional<FurtherClasses> parse_further(std::string_view text, std::size_t most);

/// Where classes of some predictions lie among those of others: the places of a data set's classes,
/// and of further ones behind them.
class ClassPlaces {
 public:
  /// Places from `base` on are free for further classes: at least the data set's classes, more
  /// where there are predictions whose further classes have no names.
  ClassPlaces(const std::vector<std::string>& dataset_classes, std::size_t base);

  /// Gives names that have no place yet the next ones. False where there is none left.
  bool add(const FurtherClasses& names);

  /// By place of predictions that have `own` classes of the data set and then `further`, the place
  /// here; empty where all are the same. A class that the data set has got since is its own.
  std::vector<ClassIndex> from(std::size_t own, const FurtherClasses& further) const;

  const FurtherClasses& further() const { return further_; }
  std::size_t size() const { return base_ + further_.size(); }

 private:
  std::unordered_map<std::string, std::size_t> places_;  ///< of the data set's and further ones
  std::size_t base_;
  FurtherClasses further_;
};

}  // namespace plumbline

#pragma once
#include <string>
#include <vector>

#include "core/types/class_index.h"
#include "core/types/error.h"

namespace plumbline {

/// How a model's classes stand to a data set's.
struct ClassMatch {
  /// The data set's class of each of the model's, by the model's order.
  std::vector<ClassIndex> to_dataset;
  /// The data set's classes afterwards: names adopted from the model where the data set had only
  /// numbers, and the model's further classes at the end.
  std::vector<std::string> dataset_classes;
  /// Classes of the data set that the model cannot give: their samples are never right.
  std::vector<std::string> unreachable;
};

/// Matches by name, by index where either side has no names (a data set whose classes are "0", "1",
/// … has none). Errors: no name in common; more classes in the data set than in the model where
/// they are matched by index; too many classes in all.
Result<ClassMatch> match_classes(const std::vector<std::string>& dataset_classes,
                                 const std::vector<std::string>& model_classes,
                                 std::size_t model_outputs, const std::string& model);

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "core/types/class_index.h"
#include "core/types/error.h"

namespace plumbline {

/// How a model's classes stand to a data set's, which a model never changes.
struct ClassMatch {
  /// The data set's class of each of the model's, by the model's order. Classes that the data set
  /// does not have follow its own, in the model's order: a vote for one of them is never right.
  std::vector<ClassIndex> to_dataset;
  /// What the classes that `to_dataset` puts behind the data set's are called.
  std::vector<std::string> further;
  /// Classes of the data set that the model cannot give: their samples are never right.
  std::vector<std::string> unreachable;
  /// What the user should know: that classes were matched by index, with pairs, or that there are
  /// further ones. Empty where every name met its like.
  std::vector<std::string> notes;
};

/// By name wherever the data set and the model have a name in common. By index only where one side
/// has no names: a card without any, a card or a data set of the numbers 0, 1, … in that order; or
/// where all of the data set's classes are numbers below the number of outputs, since a folder
/// named k is the class k. Where they are other numbers, the i-th in rising order is the class i.
/// `model_outputs` is 0 where it is not known. Errors name `model`: no name in common; more classes
/// in the data set than the model has outputs, where they are matched by index; too many in all.
Result<ClassMatch> match_classes(const std::vector<std::string>& dataset_classes,
                                 const std::vector<std::string>& model_classes,
                                 std::size_t model_outputs, const std::string& model);

}  // namespace plumbline

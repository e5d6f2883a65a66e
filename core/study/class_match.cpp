#include "core/study/class_match.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace plumbline {

namespace {

bool only_numbers(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != std::to_string(i)) return false;
  return true;
}

Result<ClassMatch> match_by_index(const std::vector<std::string>& dataset_classes,
                                  const std::vector<std::string>& model_classes,
                                  std::size_t model_outputs, const std::string& model) {
  if (dataset_classes.size() > model_outputs)
    return bad_input(fmt::format("the data set has {} classes, the model {}",
                                 dataset_classes.size(), model_outputs),
                     model, "run a model that was trained for these classes");
  ClassMatch match;
  match.dataset_classes = dataset_classes;
  if (only_numbers(dataset_classes) && !model_classes.empty())
    match.dataset_classes = model_classes;
  for (std::size_t i = 0; i < model_outputs; ++i) {
    if (i >= match.dataset_classes.size()) match.dataset_classes.push_back(std::to_string(i));
    match.to_dataset.push_back(static_cast<ClassIndex>(i));
  }
  return match;
}

}  // namespace

Result<ClassMatch> match_classes(const std::vector<std::string>& dataset_classes,
                                 const std::vector<std::string>& model_classes,
                                 std::size_t model_outputs, const std::string& model) {
  if (model_classes.empty() || only_numbers(dataset_classes) || only_numbers(model_classes))
    return match_by_index(dataset_classes, model_classes, model_outputs, model);
  std::unordered_map<std::string, ClassIndex> places;
  for (const auto& name : dataset_classes)
    places.emplace(name, static_cast<ClassIndex>(places.size()));
  ClassMatch match;
  match.dataset_classes = dataset_classes;
  std::vector<bool> reached(dataset_classes.size());
  std::size_t common = 0;
  for (const auto& name : model_classes) {
    const auto found = places.find(name);
    if (found != places.end()) {
      ++common;
      reached[found->second] = true;
      match.to_dataset.push_back(found->second);
      continue;
    }
    if (match.dataset_classes.size() >= max_classes)
      return bad_input("the data set and the model have too many classes together", model);
    match.to_dataset.push_back(static_cast<ClassIndex>(match.dataset_classes.size()));
    match.dataset_classes.push_back(name);
  }
  if (common == 0)
    return bad_input(
        fmt::format("the model's classes ({}, …) and the data set's ({}, …) have no name in common",
                    model_classes.front(), dataset_classes.front()),
        model, "correct the names in the model card");
  for (std::size_t i = 0; i < reached.size(); ++i)
    if (!reached[i]) match.unreachable.push_back(dataset_classes[i]);
  return match;
}

}  // namespace plumbline

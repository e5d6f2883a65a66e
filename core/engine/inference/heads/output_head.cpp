#include "core/engine/inference/heads/output_head.h"

#include <fmt/format.h>

#include "core/engine/inference/heads/box_head.h"
#include "core/engine/inference/heads/class_head.h"

namespace plumbline {

NamedTable<HeadKind>& head_kinds() {
  static NamedTable<HeadKind> table = {&class_head(), &box_head()};
  return table;
}

Result<ClassMatch> match_with_warnings(const ModelInfo& model, const DatasetInfo& dataset,
                                       std::string_view left,
                                       std::vector<StoredWarning>& warnings) {
  const auto& names = model.card.classes;
  auto match = match_classes(dataset.classes, names, names.size(), model.name);
  TRY(match);
  for (const auto& note : match->notes) warnings.push_back({"class", model.name, note});
  for (const auto& name : match->unreachable)
    warnings.push_back(
        {"class", model.name, fmt::format("the model has no class '{}': {}", name, left)});
  return match;
}

Result<const HeadKind*> find_head(const ModelCard& card, const std::string& where) {
  if (const HeadKind* head = head_kinds().find(card.output.predictions)) return head;
  return bad_input(fmt::format("models for {} cannot be run yet", card.task), where,
                   "import a classifier or a detector");
}

}  // namespace plumbline

#include "core/engine/inference/heads/output_head.h"

#include <fmt/format.h>

#include "core/engine/inference/heads/box_head.h"
#include "core/engine/inference/heads/class_head.h"

namespace plumbline {

NamedTable<HeadKind>& head_kinds() {
  static NamedTable<HeadKind> table = {&class_head(), &box_head()};
  return table;
}

Result<const HeadKind*> find_head(const ModelCard& card, const std::string& where) {
  if (const HeadKind* head = head_kinds().find(card.output.predictions)) return head;
  return bad_input(fmt::format("models for {} cannot be run yet", card.task), where,
                   "import a classifier or a detector");
}

}  // namespace plumbline

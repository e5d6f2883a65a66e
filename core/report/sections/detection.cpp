#include <fmt/format.h>

#include "core/report/section_table.h"

namespace plumbline {

namespace {

std::string without_detection(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  if (draft.run->kind == "boxes")
    return "Figures of detections are not part of this version's reports.";
  return fmt::format("The run '{}' predicts {}, not boxes.", draft.run->run.name, draft.run->kind);
}

}  // namespace

extern const ReportSection detection_section;
const ReportSection detection_section = {.key = "detection",
                                         .group = "detection",
                                         .title = "Detection",
                                         .missing = without_detection,
                                         .write = nullptr};

}  // namespace plumbline

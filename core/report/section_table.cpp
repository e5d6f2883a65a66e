#include "core/report/section_table.h"

#include <fmt/format.h>

namespace plumbline {

// One a file in sections/.
extern const ReportSection headline_section, data_section, voters_section, policy_section,
    front_section, risk_section, calibration_section, cost_section, subsets_section, stress_section,
    confusion_section, disagreement_section, certificate_section, cases_section, detection_section,
    planer_accuracy_section, planer_architectures_section, planer_course_section,
    planer_time_section, method_section, reproduction_section;

NamedTable<ReportSection>& report_sections() {
  static NamedTable<ReportSection> table{&headline_section,
                                         &detection_section,
                                         &data_section,
                                         &voters_section,
                                         &policy_section,
                                         &front_section,
                                         &risk_section,
                                         &calibration_section,
                                         &cost_section,
                                         &subsets_section,
                                         &stress_section,
                                         &confusion_section,
                                         &disagreement_section,
                                         &certificate_section,
                                         &cases_section,
                                         &planer_accuracy_section,
                                         &planer_architectures_section,
                                         &planer_course_section,
                                         &planer_time_section,
                                         &method_section,
                                         &reproduction_section};
  return table;
}

std::string without_run(const ReportDraft& draft) {
  return draft.run ? "" : "The study has no run.";
}

std::string without_classes(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->votes ? ""
                          : fmt::format("The run '{}' predicts {}, not classes.",
                                        draft.run->run.name, draft.run->kind);
}

std::string without_search(const ReportDraft& draft) {
  return draft.planer ? "" : "The study has no search for architectures.";
}

}  // namespace plumbline

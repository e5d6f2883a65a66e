#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/report/draft.h"
#include "core/types/error.h"
#include "core/types/named_table.h"

namespace plumbline {

/// One section of a report. A further one is a file in sections/ and a line in the table.
struct ReportSection {
  std::string_view key;    ///< on the command line: "headline"
  std::string_view group;  ///< heading that it stands under; sections of a group follow each other
  std::string_view title;
  /// Why the section has nothing to say of this study, in one line; empty where it has.
  std::string (*missing)(const ReportDraft& draft) = nullptr;
  /// What it says. Called where nothing is missing.
  Result<std::vector<ReportBlock>> (*write)(ReportDraft& draft) = nullptr;
};

/// All of them, in the order in which they stand in a report.
NamedTable<ReportSection>& report_sections();

/// Where there is no run of classes: the reason, in one line; empty where there is one.
std::string without_classes(const ReportDraft& draft);
/// Likewise for any run, and for a search.
std::string without_run(const ReportDraft& draft);
std::string without_search(const ReportDraft& draft);

}  // namespace plumbline

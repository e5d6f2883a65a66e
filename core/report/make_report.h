#pragma once
#include <string>
#include <vector>

#include "core/report/document.h"
#include "core/report/report_request.h"

namespace plumbline {

/// A section as a window lists it.
struct SectionState {
  std::string key, group, title;
  std::string missing;  ///< why it has nothing to say; empty: it has
};

struct MadeReport {
  Report report;
  ReportRequest request;  ///< with everything named that was left open, but for the sections
  std::string own_title;  ///< where nobody gives one
  std::vector<SectionState> states;  ///< of all sections, in the order of the table
};

/// Reads a study and makes the report that is asked for: equal studies and requests give equal
/// reports, but for the date. A section that is named and has nothing to say says why in one line;
/// one that nobody named is left out. Errors: a section that there is not (usage); those of
/// reading; cancelled. May be called on any thread; the study is opened for reading only.
Result<MadeReport> make_report(const ReportRequest& request, const ReportProgress& progress = {});

/// The same report with other sections (keys in their order; those that it does not have are left
/// out; empty: all of it), title, author, remarks and name: what needs nothing read. `made` has to
/// have been made with all sections.
Report retold(const MadeReport& made, const ReportRequest& request);

}  // namespace plumbline

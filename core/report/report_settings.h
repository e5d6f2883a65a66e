#pragma once
#include <filesystem>

#include "core/report/report_request.h"
#include "core/types/error.h"

namespace plumbline {

/// What was last chosen for a study's reports: `report.json` in its folder, so that it goes where
/// the study goes. Study, date and output are not among it. Defaults where there is none. Errors
/// (bad input): a file of more than 1 MiB, or that says something else.
Result<ReportRequest> read_report_settings(const std::filesystem::path& study);

/// Errors: a study that cannot be written to.
Result<void> write_report_settings(const std::filesystem::path& study,
                                   const ReportRequest& request);

}  // namespace plumbline

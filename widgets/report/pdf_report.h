#pragma once
#include <filesystem>

#include "core/report/document.h"
#include "core/report/report_request.h"
#include "core/types/error.h"

namespace plumbline {

/// The report as PDF: text as text, plots as lines, page numbers, bookmarks. Whole or not at all
/// (OutputFile). Needs a QGuiApplication. Errors: those of writing; cancelled.
Result<void> write_pdf_report(const Report& report, const std::filesystem::path& out,
                              const ReportProgress& progress = {});

}  // namespace plumbline

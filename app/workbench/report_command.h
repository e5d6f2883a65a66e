#pragma once
#include <string>

#include <CLI/App.hpp>

#include "core/report/report_request.h"
#include "core/types/error.h"

namespace plumbline {

struct ReportCommand {
  ReportRequest request;
  std::string study, sections, cases = "surest:24", format, out;
  bool without_provenance = false, quiet = false, list = false;
};
void add_options(CLI::App& command, ReportCommand& report);

/// Makes and writes the report; needs no display. Says on standard error how far it is.
Result<void> write_report_file(const ReportCommand& report, char* program);

}  // namespace plumbline

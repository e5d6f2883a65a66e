#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "core/report/document.h"
#include "core/report/writers/zip_writer.h"
#include "core/types/error.h"

namespace plumbline {

/// One file, whole: no script, no reference to anything outside, pictures and plots inside.
std::string html_of(const Report& report);
/// Every figure as it was computed, with its interval, definition and provenance; tables and plots
/// as data; no pictures.
std::string json_of(const Report& report);
/// A document of tables (booktabs) that pdflatex compiles.
std::string latex_of(const Report& report);
/// "figures.csv" with every figure, then a file a table and a plot.
std::vector<ReportFile> csv_of(const Report& report);

/// The formats that need no Qt, by the ending of the file's name.
struct ReportFormat {
  std::string_view name;     ///< "html"
  std::string_view endings;  ///< separated by blanks: ".html .htm"
};
std::span<const ReportFormat> report_formats();

/// The format that a file's name says; empty where it says none. "pdf" too.
std::string_view format_of(const std::filesystem::path& out);

/// Writes a report in a format of the table to a file that a user named (OutputFile: whole or not
/// at all). CSV: a name that ends in .zip is an archive of all files, a folder that is there takes
/// one file each, any other name is the table of figures alone. Errors: usage (no such format);
/// those of writing.
Result<void> write_report(const Report& report, std::string_view format,
                          const std::filesystem::path& out);

}  // namespace plumbline

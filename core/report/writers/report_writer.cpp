#include "core/report/writers/report_writer.h"

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/types/list_text.h"

namespace plumbline {

namespace {

constexpr ReportFormat formats_of_reports[] = {
    {"html", ".html .htm"}, {"json", ".json"}, {"csv", ".csv .zip"}, {"latex", ".tex"}};

Result<void> write_csv(const Report& report, const std::filesystem::path& out) {
  const std::vector<ReportFile> files = csv_of(report);
  if (out.extension() == ".zip") return write_output(out, zip_of(files));
  std::error_code none;
  if (!std::filesystem::is_directory(out, none)) return write_output(out, files.front().content);
  for (const ReportFile& file : files) TRY(write_output(out / file.name, file.content));
  return {};
}

}  // namespace

std::span<const ReportFormat> report_formats() { return formats_of_reports; }

std::string_view format_of(const std::filesystem::path& out) {
  const std::string ending = out.extension().string();
  if (ending == ".pdf") return "pdf";
  for (const ReportFormat& format : formats_of_reports)
    for (const std::string_view part : parts_between(format.endings, ' '))
      if (!ending.empty() && part == ending) return format.name;
  std::error_code none;
  return std::filesystem::is_directory(out, none) ? "csv" : "";
}

Result<void> write_report(const Report& report, std::string_view format,
                          const std::filesystem::path& out) {
  if (format == "html") return write_output(out, html_of(report));
  if (format == "json") return write_output(out, json_of(report));
  if (format == "latex") return write_output(out, latex_of(report));
  if (format == "csv") return write_csv(report, out);
  return usage_error(fmt::format("'{}' is not a report format", format), out.string(),
                     "html, pdf, json, csv or latex: by the file name's extension, or by --format");
}

}  // namespace plumbline

#include <algorithm>

#include <fmt/format.h>

#include "core/report/writers/report_writer.h"
#include "core/study/row_writer.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

/// A cell that is one figure is a number; everything else is words.
std::string csv_cell(const TableCell& cell, const Report& report) {
  if (cell.text.parts.size() == 1)
    if (const auto* use = std::get_if<FigureUse>(&cell.text.parts.front());
        use != nullptr && use->part == FigurePart::value)
      return value_words(report.shown(*use), FigureStyle::programs);
  std::string words = plain_words(cell.text, report, FigureStyle::programs);
  if (words == "–" || words == "·") words.clear();
  // Grouped for people; spreadsheets differ in what they make of a comma.
  bool whole = !words.empty();
  for (const char c : words) whole = whole && ((c >= '0' && c <= '9') || c == ',');
  if (whole) std::erase(words, ',');
  return csv_field(words);
}

std::string csv_table(const ReportTable& table, const Report& report) {
  std::string text;
  for (std::size_t c = 0; c < table.heads.size(); ++c)
    text += (c > 0 ? "," : "") + csv_field(table.heads[c]);
  text += "\n";
  for (const TableRow& row : table.rows) {
    for (std::size_t c = 0; c < row.cells.size(); ++c)
      text += (c > 0 ? "," : "") + csv_cell(row.cells[c], report);
    text += "\n";
  }
  return text;
}

std::string csv_plot(const ReportPlot& plot) {
  std::string text =
      fmt::format("series,{},{},low,high\n", csv_field(plot.x_label), csv_field(plot.y_label));
  const auto place = [&](double x) {
    const auto at = static_cast<std::size_t>(std::max(x, 0.0));
    return at < plot.x_names.size() ? csv_field(plot.x_names[at]) : shortest(x);
  };
  for (const PlotSeries& series : plot.series)
    for (const auto& [x, y] : series.points)
      text += fmt::format("{},{},{},,\n", csv_field(series.name), place(x), shortest(y));
  for (const PlotMark& mark : plot.marks)
    text += fmt::format("{},{},{},{},{}\n", csv_field(mark.label), place(mark.x), shortest(mark.y),
                        mark.interval ? shortest(mark.interval->low) : "",
                        mark.interval ? shortest(mark.interval->high) : "");
  return text;
}

std::string csv_cases(const CaseGrid& grid) {
  std::string text = "sample,verdict,classes,votes,remarks\n";
  for (const ReportCase& one : grid.cases)
    text +=
        fmt::format("{},{},{},{},{}\n", csv_field(one.sample), csv_field(verdict_name(one.verdict)),
                    csv_field(one.caption), csv_field(one.votes), csv_field(one.remarks));
  return text;
}

/// Every figure: the values are rounded as in every other format, in the unit that is named.
std::string csv_figures(const Report& report) {
  std::string text =
      "id,title,value,low,high,unit,n,interval,run,policy,split,condition,selected_on,date\n";
  for (const ReportFigure& figure : report.figures) {
    const std::string both = interval_words(figure, FigureStyle::programs);
    const std::size_t blank = both.find(' ');
    const Provenance& from = report.provenances[figure.provenance];
    text +=
        fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(figure.id),
                    csv_field(figure.title), value_words(figure, FigureStyle::programs),
                    both.substr(0, blank), blank == std::string::npos ? "" : both.substr(blank + 1),
                    figure.unit == ReportUnit::fraction || figure.unit == ReportUnit::relative
                        ? "%"
                        : unit_name(figure.unit),
                    figure.n > 0 ? std::to_string(figure.n) : "", csv_field(figure.interval_kind),
                    csv_field(from.run), csv_field(from.policy), csv_field(from.split),
                    csv_field(from.condition), csv_field(from.selected_on), report.date);
  }
  return text;
}

}  // namespace

std::vector<ReportFile> csv_of(const Report& report) {
  std::vector<ReportFile> files{{"figures.csv", csv_figures(report)}};
  for (const ReportSectionText& section : report.sections)
    for (const ReportBlock& block : section.blocks) {
      if (const auto* table = std::get_if<ReportTable>(&block))
        files.push_back({table->key + ".csv", csv_table(*table, report)});
      else if (const auto* plots = std::get_if<PlotRow>(&block))
        for (const ReportPlot& plot : plots->plots)
          files.push_back({"plot-" + plot.key + ".csv", csv_plot(plot)});
      else if (const auto* grid = std::get_if<CaseGrid>(&block))
        files.push_back({"cases-" + grid->key + ".csv", csv_cases(*grid)});
    }
  return files;
}

}  // namespace plumbline

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/report/writers/report_writer.h"

namespace plumbline {

namespace {

using ReportJson = nlohmann::ordered_json;

std::string_view chosen_word(Chosen chosen) {
  switch (chosen) {
    case Chosen::nothing: return "nothing";
    case Chosen::elsewhere: return "on another split";
    case Chosen::here: return "on the split shown";
    case Chosen::by_hand: return "by hand";
  }
  return "";
}

ReportJson number_or_null(double value) {
  return std::isfinite(value) ? ReportJson(value) : ReportJson();
}

ReportJson interval_json(const std::optional<Interval>& interval) {
  if (!interval) return {};
  return ReportJson::array({number_or_null(interval->low), number_or_null(interval->high)});
}

ReportJson provenance_json(const Provenance& from) {
  ReportJson json = ReportJson::object();
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  add("run", from.run);
  add("policy", from.policy);
  add("voters", from.voters);
  add("split", from.split);
  add("condition", from.condition);
  add("selected_on", from.selected_on);
  add("rule", from.rule);
  json["chosen"] = chosen_word(from.chosen);
  json["is_test_figure"] = from.chosen == Chosen::elsewhere || from.chosen == Chosen::nothing;
  add("device", from.device);
  add("precision", from.precision);
  if (from.batch > 0) json["batch"] = from.batch;
  return json;
}

ReportJson figure_json(const ReportFigure& figure) {
  ReportJson json = {{"id", figure.id}, {"title", figure.title}};
  if (!figure.definition.empty()) json["definition"] = figure.definition;
  json["value"] = figure.value ? number_or_null(*figure.value) : ReportJson();
  json["interval"] = interval_json(figure.interval);
  if (figure.interval) json["interval_kind"] = figure.interval_kind;
  json["unit"] = unit_name(figure.unit);
  if (figure.difference) {
    json["difference"] = true;
    json["finding"] = is_finding(figure);
  }
  if (figure.n > 0) json["n"] = figure.n;
  json["decimals"] = figure_decimals(figure);
  json["text"] = value_words(figure);
  if (figure.interval) json["interval_text"] = interval_words(figure);
  json["provenance"] = figure.provenance;
  return json;
}

ReportJson table_json(const ReportTable& table, const Report& report) {
  ReportJson rows = ReportJson::array();
  for (const TableRow& row : table.rows) {
    ReportJson cells = ReportJson::array();
    for (const TableCell& cell : row.cells) cells.push_back(plain_words(cell.text, report));
    rows.push_back(std::move(cells));
  }
  return {{"table", table.key}, {"caption", table.caption}, {"heads", table.heads}, {"rows", rows}};
}

ReportJson plot_json(const ReportPlot& plot) {
  ReportJson series = ReportJson::array(), marks = ReportJson::array();
  for (const PlotSeries& line : plot.series) {
    ReportJson points = ReportJson::array();
    for (const auto& [x, y] : line.points)
      points.push_back(ReportJson::array({number_or_null(x), number_or_null(y)}));
    series.push_back({{"name", line.name}, {"points", std::move(points)}});
  }
  for (const PlotMark& mark : plot.marks)
    marks.push_back({{"label", mark.label},
                     {"x", number_or_null(mark.x)},
                     {"y", number_or_null(mark.y)},
                     {"interval", interval_json(mark.interval)}});
  ReportJson json = {
      {"plot", plot.key},  {"title", plot.title},         {"x", plot.x_label},
      {"y", plot.y_label}, {"series", std::move(series)}, {"marks", std::move(marks)}};
  if (!plot.x_names.empty()) json["x_names"] = plot.x_names;
  return json;
}

ReportJson cases_json(const CaseGrid& grid) {
  ReportJson cases = ReportJson::array();
  for (const ReportCase& one : grid.cases)
    cases.push_back({{"sample", one.sample},
                     {"caption", one.caption},
                     {"verdict", verdict_name(one.verdict)},
                     {"votes", one.votes},
                     {"remarks", one.remarks},
                     {"picture", one.image.problem.empty()}});
  return {{"cases", grid.key}, {"title", grid.title}, {"items", std::move(cases)}};
}

ReportJson section_json(const ReportSectionText& section, const Report& report) {
  ReportJson blocks = ReportJson::array();
  for (const ReportBlock& block : section.blocks) {
    if (const auto* text = std::get_if<Paragraph>(&block))
      blocks.push_back({{"text", plain_words(text->text, report)}});
    else if (const auto* table = std::get_if<ReportTable>(&block))
      blocks.push_back(table_json(*table, report));
    else if (const auto* plots = std::get_if<PlotRow>(&block))
      for (const ReportPlot& plot : plots->plots) blocks.push_back(plot_json(plot));
    else if (const auto* grid = std::get_if<CaseGrid>(&block))
      blocks.push_back(cases_json(*grid));
    else if (const auto* listing = std::get_if<Listing>(&block))
      blocks.push_back({{"listing", listing->title}, {"lines", listing->lines}});
  }
  return {{"key", section.key}, {"title", section.title}, {"blocks", std::move(blocks)}};
}

ReportJson source_json(const Report::Source& source) {
  ReportJson splits = ReportJson::array(), hashes = ReportJson::object();
  for (const auto& [name, samples] : source.splits)
    splits.push_back({{"name", name}, {"samples", samples}});
  for (const auto& [what, hash] : source.hashes) hashes[what] = hash;
  ReportJson json = {{"predictions", source.predictions},
                     {"run", source.run},
                     {"dataset", source.dataset},
                     {"split", source.split},
                     {"splits", std::move(splits)},
                     {"policy", source.policy},
                     {"voters", source.voters},
                     {"baseline", source.baseline},
                     {"baseline_voter", source.baseline_voter},
                     {"classes", source.classes},
                     {"xxh3_128", std::move(hashes)}};
  if (source.score) json["score"] = *source.score;
  if (source.overlap) json["overlap"] = *source.overlap;
  return json;
}

}  // namespace

std::string json_of(const Report& report) {
  ReportJson json = {{"schema", 1},           {"program", "Plumbline " + report.version},
                     {"date", report.date},   {"command", report.command},
                     {"study", report.study}, {"title", report.title}};
  if (!report.author.empty()) json["author"] = report.author;
  if (!report.remarks.empty()) json["remarks"] = report.remarks;
  if (report.source) json["source"] = source_json(*report.source);
  json["provenances"] = ReportJson::array();
  for (const Provenance& from : report.provenances)
    json["provenances"].push_back(provenance_json(from));
  json["figures"] = ReportJson::array();
  for (const ReportFigure& figure : report.figures) json["figures"].push_back(figure_json(figure));
  json["sections"] = ReportJson::array();
  for (const ReportSectionText& section : report.sections)
    json["sections"].push_back(section_json(section, report));
  // Names may be anybody's bytes.
  return json.dump(1, ' ', false, ReportJson::error_handler_t::replace) + "\n";
}

}  // namespace plumbline

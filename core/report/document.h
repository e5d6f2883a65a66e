#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/report/figure.h"

namespace plumbline {

/// What a text shows of a figure.
enum class FigurePart { value, interval };

/// A figure within a text, by its place among the report's; `no_figure` is written as one without a
/// value.
inline constexpr auto no_figure = static_cast<std::size_t>(-1);
struct FigureUse {
  std::size_t figure = no_figure;
  FigurePart part = FigurePart::value;
};

/// Words and figures. Figures are rounded by whoever writes them, all by the same functions.
struct Text {
  std::vector<std::variant<std::string, FigureUse>> parts;

  Text() = default;
  Text(std::string words) { add(std::move(words)); }  // NOLINT(google-explicit-constructor)
  Text(const char* words) { add(words); }             // NOLINT(google-explicit-constructor)
  Text(FigureUse use) { add(use); }                   // NOLINT(google-explicit-constructor)
  Text& add(std::string words) {
    if (!words.empty()) parts.emplace_back(std::move(words));
    return *this;
  }
  Text& add(FigureUse use) {
    parts.emplace_back(use);
    return *this;
  }
  bool empty() const { return parts.empty(); }
};

struct Paragraph {
  Text text;
  enum class Role {
    body,
    lead,     ///< what the section says, first
    caution,  ///< what a reader has to know before believing a figure
    small,    ///< where figures come from
    missing,  ///< why there is nothing
  } role = Role::body;
};

struct TableCell {
  Text text;
  bool strong = false;
};

struct TableRow {
  std::vector<TableCell> cells;
  std::optional<Verdict> mark;  ///< drawn before the first cell
};

struct ReportTable {
  std::string key;  ///< name of its file as CSV: letters, digits, '-'
  std::string caption;
  std::vector<std::string> heads;
  std::vector<bool> numeric;  ///< by column: right-aligned
  std::vector<TableRow> rows;
};

/// How a line or mark is drawn; the look is the workbench's.
enum class PlotLook { chosen, baseline, second, third, fourth, others };

struct PlotSeries {
  std::string name;
  PlotLook look = PlotLook::chosen;
  enum class Shape { line, steps, dots, path } shape = Shape::line;
  std::vector<std::pair<double, double>> points;
  bool named = true;    ///< in the legend
  bool dashed = false;  ///< the baseline's look always is
};

struct PlotMark {
  double x = 0, y = 0;
  std::string label;  ///< may be empty
  PlotLook look = PlotLook::chosen;
  std::optional<Interval> interval;  ///< of y
};

struct PlotBar {
  double from = 0, to = 0, height = 0;  ///< height: share of the tallest, 0 to 1
};

/// A plot as data: every format draws or writes the same points.
struct ReportPlot {
  std::string key, title, x_label, y_label;
  std::vector<PlotSeries> series;
  std::vector<PlotMark> marks;
  std::vector<PlotBar> bars;                 ///< at the foot, grey
  std::optional<Interval> x_range, y_range;  ///< else those of the data
  std::vector<std::string> x_names;          ///< of the places 0, 1, 2, …, where x is no number
  bool diagonal = false;                     ///< y = x, thin
};

/// Plots that stand beside each other where there is room.
struct PlotRow {
  std::vector<ReportPlot> plots;
};

struct CaseImage {
  std::string mime;   ///< image/png or image/jpeg; empty: there is no picture
  std::string bytes;  ///< as in the file
  int width = 0, height = 0;
  std::string problem;  ///< why there is no picture
};

/// One failure: its picture and what was said of it.
struct ReportCase {
  std::string sample;   ///< its name in the data set
  std::string caption;  ///< "cat → dog"
  std::string votes, remarks;
  Verdict verdict = Verdict::unjudged;
  CaseImage image;
};

struct CaseGrid {
  std::string key, title;
  std::vector<ReportCase> cases;
  std::string left_out;  ///< how many more there are; may be empty
};

/// Lines that are to be typed or compared as they are.
struct Listing {
  std::string title;
  std::vector<std::string> lines;
};

using ReportBlock = std::variant<Paragraph, ReportTable, PlotRow, CaseGrid, Listing>;

struct ReportSectionText {
  std::string key, group, title;
  std::vector<ReportBlock> blocks;
};

/// A report before it is written: figures with their provenance, and sections that use them.
struct Report {
  std::string title, author, remarks, subtitle;
  std::string study, date, version, command;
  std::vector<Provenance> provenances;
  std::vector<ReportFigure> figures;  ///< ids differ
  std::vector<ReportSectionText> sections;

  /// Of a run of classes or boxes, what a recomputation needs: splits in the order of an export of
  /// predictions, with their samples; voters; classes.
  struct Source {
    std::string predictions;  ///< their kind
    std::string run, dataset, split, policy;
    std::vector<std::pair<std::string, std::int64_t>> splits;
    std::vector<std::string> voters;  ///< that decide, the policy's first one first
    std::string baseline;             ///< policy
    std::string baseline_voter;
    std::vector<std::string> classes;
    std::optional<double> score, overlap;  ///< of boxes: what is accepted, and what finds an object
    std::vector<std::pair<std::string, std::string>> hashes;  ///< what, XXH3-128
  };
  std::optional<Source> source;

  /// Null where there is none.
  const ReportFigure* figure(std::string_view id) const;
  /// What a text shows; a figure without a value for `no_figure`.
  const ReportFigure& shown(FigureUse use) const;
};

/// The heading of a group of sections: "Run and voters" for "run".
std::string_view group_title(std::string_view group);

/// The text with its figures rounded, for formats that know no more than words.
std::string plain_words(const Text& text, const Report& report,
                        FigureStyle style = FigureStyle::people);

}  // namespace plumbline

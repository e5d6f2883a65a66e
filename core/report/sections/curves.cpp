// The decision's curves: kept against undetected, and reliability.
#include <algorithm>
#include <cmath>

#include "core/report/section_table.h"

namespace plumbline {

namespace {

constexpr std::size_t most_points = 300;

/// Some `most` of many points, the first and the last among them.
std::vector<std::pair<double, double>> thinned_points(std::vector<std::pair<double, double>> points,
                                                      std::size_t most = most_points) {
  if (points.size() <= most) return points;
  std::vector<std::pair<double, double>> some;
  for (std::size_t i = 0; i < most; ++i)
    some.push_back(points[i * (points.size() - 1) / (most - 1)]);
  return some;
}

double count_of_verdict(const JudgedPolicy& judged, Verdict verdict) {
  return static_cast<double>(judged.figures->data.counts[verdict]);
}

PlotMark operating_mark(const ReportDraft& draft, const JudgedPolicy& judged,
                        const std::string& group, PlotLook look) {
  PlotMark mark;
  mark.x = count_of_verdict(judged, Verdict::kept);
  mark.y = count_of_verdict(judged, Verdict::undetected);
  mark.look = look;
  mark.label = judged.words + " " + value_words(draft.figure(group + ".undetected_mispredictions"));
  mark.interval = draft.figure(group + ".undetected_mispredictions").interval;
  return mark;
}

Result<std::vector<ReportBlock>> write_front(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  ReportPlot plot;
  plot.key = "front";
  plot.title = "Kept against undetected";
  plot.x_label = "kept correct (samples of " + grouped(run.own.figures->data.counts.judged()) + ")";
  plot.y_label = "undetected mispredictions (samples)";
  PlotSeries others{"other settings", PlotLook::others, PlotSeries::Shape::dots, {}, false};
  for (const OperatingPoint& point : run.curve->others)
    others.points.emplace_back(point.kept, point.undetected);
  others.points = thinned_points(std::move(others.points));
  plot.series.push_back(std::move(others));
  if (run.baseline) {
    PlotSeries base{"mcp, " + to_string(run.run.voters.front()),
                    PlotLook::baseline,
                    PlotSeries::Shape::line,
                    {}};
    for (const EqualKept& point : run.baseline_points)
      base.points.emplace_back(point.kept, point.undetected);
    base.points = thinned_points(std::move(base.points));
    plot.series.push_back(std::move(base));
  }
  PlotSeries own{std::string(run.own.policy.policy.kind().name),
                 PlotLook::chosen,
                 PlotSeries::Shape::line,
                 {}};
  for (const OperatingPoint& point : run.curve->front)
    own.points.emplace_back(point.kept, point.undetected);
  own.points = thinned_points(std::move(own.points));
  plot.series.push_back(std::move(own));
  plot.marks.push_back(operating_mark(draft, run.own, "decision", PlotLook::chosen));
  if (run.baseline)
    plot.marks.push_back(operating_mark(draft, *run.baseline, "baseline", PlotLook::baseline));
  // Where decisions are taken: the upper half of what can be kept.
  const double most = static_cast<double>(run.own.figures->data.counts.judged());
  double right = 0, top = 0;
  for (const PlotSeries& series : plot.series)
    for (const auto& [x, y] : series.points) {
      right = std::max(right, x);
      top = std::max(top, y);
    }
  if (right > 0)
    plot.x_range =
        Interval{std::min(right / 2, plot.marks[0].x * 0.9), std::min(right * 1.01, most)};
  if (top > 0) plot.y_range = Interval{0, top * 1.05};
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  blocks.emplace_back(
      paragraph("Every setting of the policy, on the split shown: the line joins those that no "
                "other setting beats here; it is not a choice. Bars are 95 % intervals.",
                Paragraph::Role::small));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

/// Whose score is a probability: the decision's, else the baseline's.
const JudgedPolicy* calibrated_policy(const ReportDraft& draft) {
  if (!draft.run) return nullptr;
  if (!draft.run->own.figures->reliability.empty()) return &draft.run->own;
  if (draft.run->baseline && !draft.run->baseline->figures->reliability.empty())
    return &*draft.run->baseline;
  return nullptr;
}

std::string without_probability(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return calibrated_policy(draft) != nullptr
             ? ""
             : "The decisions' score is not a probability, so there is nothing to calibrate.";
}

Result<std::vector<ReportBlock>> write_calibration(ReportDraft& draft) {
  const JudgedPolicy& judged = *calibrated_policy(draft);
  const bool own = &judged == &draft.run->own;
  const std::string group = own ? "decision" : "baseline";
  ReportPlot plot;
  plot.key = "reliability";
  plot.title = "Reliability of " + judged.words;
  plot.x_label = "confidence";
  plot.y_label = "accuracy";
  plot.x_range = plot.y_range = Interval{0, 1};
  plot.diagonal = true;
  std::int64_t most = 1;
  for (const ReliabilityBin& bin : judged.figures->reliability) most = std::max(most, bin.samples);
  for (const ReliabilityBin& bin : judged.figures->reliability) {
    plot.bars.push_back(
        {bin.lower, bin.upper, static_cast<double>(bin.samples) / static_cast<double>(most)});
    if (bin.samples == 0) continue;
    PlotMark mark;
    mark.x = bin.confidence;
    mark.y = bin.accuracy;
    mark.look = own ? PlotLook::chosen : PlotLook::baseline;
    mark.interval = bin.interval;
    plot.marks.push_back(mark);
  }
  std::vector<ReportBlock> blocks;
  Text text("Expected calibration error ");
  text.add(draft.use(group + ".ece"))
      .add(" (95 % interval ")
      .add(draft.use(group + ".ece", FigurePart::interval))
      .add(") over 15 bins. Grey: samples by bin.");
  if (!own)
    text.add(" It is the baseline's, since the score of " + draft.run->own.words +
             " is not a probability.");
  blocks.emplace_back(paragraph(std::move(text)));
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  draft.say_provenance(blocks, draft.figure(group + ".ece").provenance);
  return blocks;
}

}  // namespace

extern const ReportSection front_section, calibration_section;
const ReportSection front_section = {.key = "front",
                                     .group = "decision",
                                     .title = "Kept against undetected",
                                     .missing = without_classes,
                                     .write = write_front};
const ReportSection calibration_section = {.key = "calibration",
                                           .group = "decision",
                                           .title = "Reliability",
                                           .missing = without_probability,
                                           .write = write_calibration};

}  // namespace plumbline

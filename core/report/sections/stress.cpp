// What becomes of the decision under the conditions that its run was computed under.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/report/section_table.h"
#include "core/stress/severity_curve.h"
#include "core/study/condition.h"

namespace plumbline {

namespace {

std::string without_stress(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  const RunInfo& run = draft.run->run;
  if (run.conditions.empty())
    return fmt::format("The run '{}' has no conditions (run --conditions).", run.name);
  // Its own are all there is then.
  if (run.condition != View())
    return fmt::format("The run is shown under {} alone.", condition_name(run.condition));
  return "";
}

std::string stress_id(const SeverityPoint& point, const char* what) {
  return fmt::format("stress.{}.{}", condition_name(point.condition), what);
}

/// Adds the figures of one condition.
class StressFigures {
 public:
  StressFigures(ReportDraft& draft, const SeverityPoint& point) : draft_(draft), point_(point) {
    const RunFindings& run = *draft.run;
    Provenance from = draft.run_provenance(run.own.words);
    if (point.condition != View()) from.condition = to_string(point.condition);
    own_ = draft.add(from);
    add_outcome("", run.own.words, point.policy, own_);
    if (!point.baseline || !run.baseline) return;
    Provenance beside = draft.run_provenance(run.baseline->words);
    beside.condition = from.condition;
    if (run.equal_kept) beside.rule = "as many kept as " + run.own.words;
    add_outcome("baseline_", run.baseline->words, *point.baseline, draft.add(beside));
    add_difference();
  }

 private:
  std::string under() const {
    return point_.condition == View() ? "as it is" : "under " + to_string(point_.condition);
  }

  void add_share(const std::string& what, const std::string& title, const char* definition,
                 std::int64_t hits, std::int64_t n, std::size_t provenance) {
    ReportFigure figure;
    figure.id = stress_id(point_, what.c_str());
    figure.title = title + " " + under();
    figure.definition = definition;
    figure.unit = ReportUnit::fraction;
    figure.n = n;
    figure.provenance = provenance;
    if (n > 0) {
      figure.value = static_cast<double>(hits) / static_cast<double>(n);
      figure.interval = wilson_interval(hits, n);
      figure.interval_kind = "95 %, Wilson";
    }
    draft_.add(std::move(figure));
  }

  void add_outcome(const std::string& whose, const std::string& policy,
                   const StressOutcome& outcome, std::size_t provenance) {
    const VerdictCounts& counts = outcome.counts;
    const bool classes = draft_.run->votes != nullptr;
    // Of boxes verdicts are of objects, and what is rejected is no object.
    const std::int64_t undetected = counts[Verdict::undetected];
    const std::int64_t n = classes ? counts.judged() : counts[Verdict::kept] + undetected;
    if (classes) {
      add_share(whose + "accuracy", "accuracy of " + policy,
                "Share of right labels, accepted or not.",
                counts[Verdict::kept] + counts[Verdict::needlessly_rejected], n, provenance);
      add_share(whose + "coverage", "coverage of " + policy, "Share of accepted samples.",
                counts.accepted(), n, provenance);
      add_share(whose + "caught", "caught share of " + policy,
                "Of the samples with a wrong label the share that is rejected.",
                counts[Verdict::caught], counts[Verdict::caught] + undetected, provenance);
    } else {
      add_share(whose + "found", "found by " + policy, "Share of the objects that are found.",
                counts[Verdict::kept], n, provenance);
    }
    ReportFigure figure;
    figure.id = stress_id(point_, (whose + "undetected").c_str());
    figure.title = (classes ? "undetected mispredictions of " : "undetected objects of ") + policy +
                   " " + under();
    figure.definition = classes ? "Wrong and accepted." : "No accepted box finds them.";
    figure.unit = ReportUnit::count;
    figure.n = n;
    figure.provenance = provenance;
    if (n > 0) {
      figure.value = static_cast<double>(undetected);
      const Interval share = wilson_interval(undetected, n);
      figure.interval =
          Interval{share.low * static_cast<double>(n), share.high * static_cast<double>(n)};
      figure.interval_kind = "95 %, Wilson";
    }
    draft_.add(std::move(figure));
  }

  void add_difference() {
    const std::int64_t n = point_.both_judge;
    if (n == 0) return;
    ReportFigure figure;
    figure.id = stress_id(point_, "difference");
    figure.title = "difference in undetected mispredictions " + under();
    figure.definition = "Decision minus baseline, on the same samples.";
    figure.unit = ReportUnit::count;
    figure.difference = true;
    figure.n = n;
    figure.provenance = own_;
    figure.value =
        static_cast<double>(point_.only_policy_undetected - point_.only_baseline_undetected);
    const Interval shares = paired_difference_interval(point_.only_baseline_undetected,
                                                       point_.only_policy_undetected, n);
    figure.interval =
        Interval{shares.low * static_cast<double>(n), shares.high * static_cast<double>(n)};
    figure.interval_kind = "95 %, Bonett and Price, paired";
    draft_.add(std::move(figure));
  }

  ReportDraft& draft_;
  const SeverityPoint& point_;
  std::size_t own_ = 0;
};

std::string severity_name(const SeverityPoint& point) {
  return point.condition == View() ? "none" : fmt::format("{:g}", point.severity);
}

/// A line over a family's severities, in percent; what has no value is left out.
PlotSeries stress_line(const ReportDraft& draft, const SeverityCurve& curve,
                       const std::string& what, std::string name, PlotLook look, bool dashed) {
  PlotSeries line{std::move(name), look, PlotSeries::Shape::line, {}, true, dashed};
  for (std::size_t i = 0; i < curve.points.size(); ++i)
    if (const auto& value = draft.figure(stress_id(curve.points[i], what.c_str())).value)
      line.points.emplace_back(static_cast<double>(i), 100 * *value);
  return line;
}

/// Counts with their intervals, as shares of the judged in percent.
void add_undetected(const ReportDraft& draft, const SeverityCurve& curve, const std::string& what,
                    const std::string& name, PlotLook look, ReportPlot& plot) {
  PlotSeries line{name, look, PlotSeries::Shape::line, {}};
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const ReportFigure& figure = draft.figure(stress_id(curve.points[i], what.c_str()));
    if (!figure.value || !figure.interval || figure.n <= 0) continue;
    const double scale = 100 / static_cast<double>(figure.n);
    PlotMark mark;
    mark.x = static_cast<double>(i);
    mark.y = scale * *figure.value;
    mark.look = look;
    mark.interval = Interval{scale * figure.interval->low, scale * figure.interval->high};
    line.points.emplace_back(mark.x, mark.y);
    plot.marks.push_back(std::move(mark));
  }
  plot.series.push_back(std::move(line));
}

PlotRow plots_of(const ReportDraft& draft, const SeverityCurve& curve, bool beside) {
  const RunFindings& run = *draft.run;
  ReportPlot shares, undetected;
  for (const SeverityPoint& point : curve.points) {
    shares.x_names.push_back(severity_name(point));
    undetected.x_names.push_back(severity_name(point));
  }
  std::string key;
  for (const char c : curve.family)
    key += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '-';
  shares.key = "stress-" + key + "-shares";
  undetected.key = "stress-" + key + "-undetected";
  shares.x_label = undetected.x_label = curve.family;
  shares.y_range = Interval{0, 100};
  const std::string own(run.own.policy.policy.kind().name);
  if (run.votes) {
    shares.title = "Accuracy and coverage under " + curve.family;
    shares.y_label = "samples (%)";
    undetected.title = "Undetected mispredictions under " + curve.family;
    undetected.y_label = "undetected (% of the samples)";
    for (const bool baseline : {true, false}) {
      if (baseline && !beside) continue;
      const std::string whose = baseline ? "baseline_" : "", said = baseline ? ", mcp" : "";
      shares.series.push_back(stress_line(draft, curve, whose + "accuracy", "accuracy" + said,
                                          PlotLook::second, baseline));
      shares.series.push_back(stress_line(draft, curve, whose + "coverage", "coverage" + said,
                                          PlotLook::chosen, baseline));
    }
  } else {
    shares.title = "Objects found under " + curve.family;
    shares.y_label = "objects (%)";
    undetected.title = "Undetected objects under " + curve.family;
    undetected.y_label = "undetected (% of the objects)";
    shares.series.push_back(stress_line(draft, curve, "found", own, PlotLook::chosen, false));
  }
  if (beside)
    add_undetected(draft, curve, "baseline_undetected", run.baseline->words, PlotLook::baseline,
                   undetected);
  add_undetected(draft, curve, "undetected", run.own.words, PlotLook::chosen, undetected);
  double top = 0;
  for (const PlotMark& mark : undetected.marks) top = std::max(top, mark.interval->high);
  undetected.y_range = Interval{0, top > 0 ? 1.08 * top : 1};
  PlotRow row;
  row.plots.push_back(std::move(shares));
  row.plots.push_back(std::move(undetected));
  return row;
}

TableCell stress_cell(const ReportDraft& draft, const SeverityPoint& point, const char* what,
                      FigurePart part = FigurePart::value, bool strong = false) {
  const std::string id = stress_id(point, what);
  if (!draft.has(id)) return {part == FigurePart::value ? "–" : ""};
  return {draft.use(id, part), strong};
}

ReportTable stress_table(const ReportDraft& draft, const std::vector<SeverityCurve>& curves,
                         bool beside) {
  const RunFindings& run = *draft.run;
  ReportTable table;
  table.key = "stress";
  table.caption = "Under each condition, with nothing fitted or chosen there";
  table.heads = {"condition"};
  if (run.votes)
    table.heads.insert(table.heads.end(), {"accuracy", "coverage", "caught of the wrong"});
  else
    table.heads.push_back("found");
  table.heads.insert(table.heads.end(), {"undetected", "95 % interval"});
  if (beside)
    table.heads.insert(table.heads.end(), {"undetected, " + run.baseline->words, "difference",
                                           "95 % interval, paired"});
  table.numeric.assign(table.heads.size(), true);
  table.numeric.front() = false;
  const auto add = [&](const SeverityPoint& point) {
    TableRow row;
    row.cells.push_back({point.condition == View() ? "none" : to_string(point.condition)});
    if (run.votes)
      for (const char* what : {"accuracy", "coverage", "caught"})
        row.cells.push_back(stress_cell(draft, point, what));
    else
      row.cells.push_back(stress_cell(draft, point, "found"));
    row.cells.push_back(stress_cell(draft, point, "undetected", FigurePart::value, true));
    row.cells.push_back(stress_cell(draft, point, "undetected", FigurePart::interval));
    if (beside) {
      row.cells.push_back(stress_cell(draft, point, "baseline_undetected"));
      row.cells.push_back(stress_cell(draft, point, "difference"));
      row.cells.push_back(stress_cell(draft, point, "difference", FigurePart::interval));
    }
    table.rows.push_back(std::move(row));
  };
  add(curves.front().points.front());
  for (const SeverityCurve& curve : curves)
    for (const SeverityPoint& point : curve.points)
      if (point.condition != View()) add(point);
  return table;
}

/// The condition under which most is undetected, in words.
Text hardest_words(const ReportDraft& draft, const std::vector<SeverityCurve>& curves,
                   bool beside) {
  const SeverityPoint* hardest = nullptr;
  for (const SeverityCurve& curve : curves)
    for (const SeverityPoint& point : curve.points)
      if (point.condition != View() && point.complete &&
          (hardest == nullptr ||
           point.policy.counts[Verdict::undetected] > hardest->policy.counts[Verdict::undetected]))
        hardest = &point;
  Text text;
  if (hardest == nullptr) return text;
  const SeverityPoint& clean = curves.front().points.front();
  const std::string kind = draft.run->votes ? "accuracy" : "found";
  text.add(fmt::format("Most are undetected under {}: ", to_string(hardest->condition)))
      .add(draft.use(stress_id(*hardest, "undetected")))
      .add(" (95 % interval ")
      .add(draft.use(stress_id(*hardest, "undetected"), FigurePart::interval))
      .add("), against ")
      .add(draft.use(stress_id(clean, "undetected")))
      .add(draft.run->votes ? " without a condition; the accuracy is "
                            : " without a condition; the share found is ")
      .add(draft.use(stress_id(*hardest, kind.c_str())))
      .add(" instead of ")
      .add(draft.use(stress_id(clean, kind.c_str())))
      .add(".");
  const std::string difference = stress_id(*hardest, "difference");
  if (!beside || !draft.has(difference)) return text;
  const ReportFigure& figure = draft.figure(difference);
  text.add(" " + draft.run->baseline->words + " of the single voter leaves ")
      .add(draft.use(stress_id(*hardest, "baseline_undetected")))
      .add(" undetected there: ")
      .add(is_finding(figure) ? "a difference of " : "a difference within chance, ")
      .add(draft.use(difference))
      .add(" (95 % interval ")
      .add(draft.use(difference, FigurePart::interval))
      .add(").");
  return text;
}

Result<std::vector<ReportBlock>> write_stress(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  StressRequest request;
  request.split = run.split;
  request.policy = run.own.policy;
  request.voters = run.own.voters;
  if (run.baseline) {
    request.baseline = run.baseline->policy;
    request.baseline_voters = run.baseline->voters;
  }
  const auto curves = severity_curves(
      *draft.study, run.run, request, run.run.conditions, [&](std::size_t done, std::size_t total) {
        return draft.progress &&
               !draft.progress("reading conditions",
                               static_cast<double>(done) / static_cast<double>(total));
      });
  TRY(curves);
  const bool beside = run.baseline && curves->front().points.front().baseline;
  std::vector<std::string> unfinished;
  for (const SeverityCurve& curve : *curves)
    for (const SeverityPoint& point : curve.points) {
      StressFigures(draft, point);
      if (!point.complete && point.condition != View())
        unfinished.push_back(to_string(point.condition));
    }
  std::vector<ReportBlock> blocks;
  if (Text words = hardest_words(draft, *curves, beside); !words.empty())
    blocks.emplace_back(paragraph(std::move(words)));
  for (const std::string& condition : unfinished)
    blocks.emplace_back(
        paragraph("Predictions under " + condition +
                      " are not complete: its figures are of the samples that are computed.",
                  Paragraph::Role::caution));
  for (const SeverityCurve& curve : *curves) blocks.emplace_back(plots_of(draft, curve, beside));
  blocks.emplace_back(stress_table(draft, *curves, beside));
  blocks.emplace_back(paragraph(
      beside ? "A condition changes the image before every voter's own view: the camera's fault. "
               "Decision and baseline are fixed at what they are without one; bars are 95 % "
               "intervals."
             : "A condition changes the image before every voter's own view: the camera's fault. "
               "The decision is fixed at what it is without one; bars are 95 % intervals.",
      Paragraph::Role::small));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

}  // namespace

extern const ReportSection stress_section;
const ReportSection stress_section = {.key = "stress",
                                      .group = "decision",
                                      .title = "Stress",
                                      .missing = without_stress,
                                      .write = write_stress};

}  // namespace plumbline

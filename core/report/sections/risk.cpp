// Risk over coverage: the decision, the baseline, and other policies by the same voters.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/definitions.h"
#include "core/report/section_table.h"
#include "core/review/policies_beside.h"

namespace plumbline {

namespace {

constexpr std::size_t most_risk_points = 300, most_policies_beside = 4;
/// Probabilities that are read for one policy: beyond, a report would take longer than a look at it
/// is worth.
constexpr std::size_t most_probabilities = 50'000'000;

/// A policy in the plot and the table.
struct RiskLine {
  std::string name;
  PlotLook look = PlotLook::others;
  const JudgedPolicy* judged = nullptr;
  std::string augrc, difference;  ///< ids of figures; may be empty
};

PlotSeries risk_series(const ReportDraft& draft, const RiskLine& line) {
  PlotSeries series{line.name + ", " + value_words(draft.figure(line.augrc)),
                    line.look,
                    PlotSeries::Shape::line,
                    {}};
  const auto& risk = line.judged->figures->risk;
  const std::size_t some = std::min(risk.size(), most_risk_points);
  for (std::size_t i = 0; i < some; ++i) {
    const RiskPoint& point = risk[some < 2 ? i : i * (risk.size() - 1) / (some - 1)];
    series.points.emplace_back(100 * point.coverage, 100 * point.risk);
  }
  return series;
}

std::string without_scores(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->own.figures->risk.empty() ? "The decisions have no score to be ranked by." : "";
}

Result<JudgedPolicy> judge_beside(const ReportDraft& draft, const PolicyKind& kind) {
  const RunFindings& run = *draft.run;
  auto policy = make_policy(kind, run.own.voters.size());
  TRY(policy);
  auto bound = bind(std::move(*policy));
  TRY(bound);
  const auto reviewed = run.source->decide(*bound, run.own.voters);
  TRY(reviewed);
  JudgedPolicy judged{std::move(*bound),
                      std::string(kind.name),
                      run.own.voters,
                      decision_figures((*reviewed)->figures),
                      {}};
  const bool paired = judged.figures->data.right.size() == run.own.figures->data.right.size();
  BootstrapOptions options;
  options.resamples = run.resamples;
  options.progress = [&draft](int, int) {
    return !draft.progress || draft.progress("comparing policies", 0);
  };
  auto resampled =
      bootstrap(judged.figures->data, paired ? &run.own.figures->data : nullptr, options);
  TRY(resampled);
  judged.resampled = std::move(*resampled);
  return judged;
}

void add_beside(ReportDraft& draft, RiskLine& line) {
  const RunFindings& run = *draft.run;
  const Metric* metric = find_metric("augrc");
  const auto found = std::ranges::find(line.judged->resampled, metric, &ResampledFigure::metric);
  if (found == line.judged->resampled.end() || !found->value) return;
  Provenance from = draft.run_provenance(run.own.words);
  from.policy = line.name;
  from.selected_on.clear();
  from.rule.clear();
  from.chosen = Chosen::nothing;  // a ranking has no threshold that could have been chosen
  ReportFigure figure;
  figure.id = line.augrc = "beside." + line.name + ".augrc";
  figure.title = "AUGRC of " + line.name;
  figure.definition = definition_of("augrc");
  figure.value = found->value;
  figure.interval = found->interval;
  figure.n = line.judged->figures->data.counts.judged();
  figure.provenance = draft.add(from);
  const auto words = [&](const char* what) {
    return fmt::format("95 %, percentiles of {} {}resamples", grouped(run.resamples), what);
  };
  if (figure.interval) figure.interval_kind = words("");
  draft.add(figure);
  if (!found->difference) return;
  figure.id = line.difference = "beside." + line.name + ".augrc_difference";
  figure.title = "difference in AUGRC, " + line.name;
  figure.definition = "AUGRC of this policy minus that of the decision, on the same samples.";
  figure.difference = true;
  figure.value = found->difference;
  figure.interval = found->difference_interval;
  figure.interval_kind = figure.interval ? words("paired ") : "";
  draft.add(std::move(figure));
}

ReportTable risk_table(const ReportDraft& draft, const std::vector<RiskLine>& lines) {
  ReportTable table{
      "augrc",
      "Area under the generalised risk–coverage curve (AUGRC ↓): how well the scores "
      "rank, whatever the threshold",
      {"policy", "AUGRC", "95 % interval", "difference from the decision", "95 % interval, paired"},
      {false, true, true, true, true},
      {}};
  for (const RiskLine& line : lines) {
    TableRow row;
    row.cells.push_back({line.name});
    row.cells.push_back({draft.use(line.augrc), line.look == PlotLook::chosen});
    row.cells.push_back({draft.use(line.augrc, FigurePart::interval)});
    const bool whole = !line.difference.empty() && draft.figure(line.difference).interval;
    row.cells.push_back(whole ? TableCell{draft.use(line.difference)} : TableCell{"–"});
    row.cells.push_back(whole ? TableCell{draft.use(line.difference, FigurePart::interval)}
                              : TableCell{""});
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// The operating point with its interval.
void mark_decision(const ReportDraft& draft, ReportPlot& plot) {
  const ReportFigure &coverage = draft.figure("decision.coverage"),
                     &risk = draft.figure("decision.selective_risk");
  if (!coverage.value || !risk.value) return;
  PlotMark mark;
  mark.x = 100 * *coverage.value;
  mark.y = 100 * *risk.value;
  mark.label = value_words(risk) + " at " + value_words(coverage);
  if (risk.interval) mark.interval = Interval{100 * risk.interval->low, 100 * risk.interval->high};
  plot.marks.push_back(std::move(mark));
}

Result<std::vector<ReportBlock>> write_risk(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<RiskLine> lines{{run.own.words, PlotLook::chosen, &run.own, "decision.augrc", {}}};
  if (run.baseline)
    lines.push_back({"mcp, " + to_string(run.run.voters.front()),
                     PlotLook::baseline,
                     &*run.baseline,
                     "baseline.augrc",
                     {}});
  std::vector<JudgedPolicy> others;
  std::vector<const PolicyKind*> kinds;
  std::vector<std::string> left_out;
  if (run.votes)
    kinds =
        policies_beside(run.own.policy.policy.kind(), run.own.voters.size(), most_policies_beside);
  const bool affordable =
      run.own.figures->data.right.size() * run.own.voters.size() * run.dataset.classes.size() <=
      most_probabilities;
  others.reserve(kinds.size());
  constexpr PlotLook looks[] = {PlotLook::second, PlotLook::third, PlotLook::fourth,
                                PlotLook::others};
  for (std::size_t k = 0; k < kinds.size() && affordable; ++k) {
    auto judged = judge_beside(draft, *kinds[k]);
    // Predictions that have no distributions (votes alone were imported, or the largest classes)
    // are no reason to go without the section.
    if (!judged && judged.error().kind == ErrorKind::cancelled)
      return tl::unexpected(judged.error());
    if (!judged || judged->figures->risk.empty()) {
      left_out.push_back(fmt::format("{} is left out: {}.", kinds[k]->name,
                                     judged ? "it gives no scores" : judged.error().message));
      continue;
    }
    others.push_back(std::move(*judged));
    RiskLine line{std::string(kinds[k]->name), looks[k], &others.back(), {}, {}};
    add_beside(draft, line);
    if (!line.augrc.empty()) lines.push_back(std::move(line));
  }
  ReportPlot plot;
  plot.key = "risk-coverage";
  plot.title = "Risk–coverage, AUGRC of each policy";
  plot.x_label = "coverage (%)";
  plot.y_label = "selective risk (%)";
  plot.x_range = Interval{0, 100};
  // What is drawn last lies above.
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    plot.series.push_back(risk_series(draft, *line));
  mark_decision(draft, plot);
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(PlotRow{{std::move(plot)}});
  blocks.emplace_back(risk_table(draft, lines));
  for (std::string& words : left_out)
    blocks.emplace_back(paragraph(std::move(words), Paragraph::Role::missing));
  if (!kinds.empty() && !affordable) {
    std::vector<std::string_view> names;
    for (const PolicyKind* kind : kinds) names.push_back(kind->name);
    blocks.emplace_back(paragraph(
        fmt::format(
            "Policies on whole distributions ({}) are left out: each would read {} probabilities, "
            "more than a report does.",
            fmt::join(names, ", "),
            grouped(static_cast<std::int64_t>(run.own.figures->data.right.size() *
                                              run.own.voters.size() * run.dataset.classes.size()))),
        Paragraph::Role::missing));
  }
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

}  // namespace

extern const ReportSection risk_section;
const ReportSection risk_section = {.key = "risk",
                                    .group = "decision",
                                    .title = "Risk–coverage",
                                    .missing = without_scores,
                                    .write = write_risk};

}  // namespace plumbline

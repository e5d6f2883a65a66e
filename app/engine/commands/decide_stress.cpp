#include "app/engine/commands/decide_stress.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/review/figures.h"
#include "core/stress/damaged_run.h"
#include "core/study/condition.h"
#include "core/study/decide_run.h"
#include "core/study/run_dataset.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

ordered_json number_or_null(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json json_of(const StressOutcome& outcome) {
  const VerdictCounts& counts = outcome.counts;
  return {{"samples", counts.judged()},
          {"accuracy", number_or_null(counts.accuracy())},
          {"kept_correct", counts[Verdict::kept]},
          {"undetected_mispredictions", counts[Verdict::undetected]},
          {"caught_mispredictions", counts[Verdict::caught]},
          {"needlessly_rejected", counts[Verdict::needlessly_rejected]},
          {"coverage", number_or_null(counts.coverage())},
          {"selective_risk", number_or_null(counts.selective_risk())},
          {"generalized_risk", number_or_null(counts.generalized_risk())},
          {"caught_share", number_or_null(outcome.caught_share())}};
}

ordered_json json_of(const SeverityPoint& point, const std::string& family) {
  ordered_json json = {{"condition", condition_name(point.condition)}};
  if (point.condition != View()) {
    json["family"] = family;
    json["severity"] = point.severity;
  }
  json["complete"] = point.complete;
  json.update(json_of(point.policy));
  if (point.baseline) json["baseline"] = json_of(*point.baseline);
  return json;
}

std::string share_text(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100 * fraction) : "–";
}

void print_point(const SeverityPoint& point) {
  const auto cells = [](const StressOutcome& outcome) {
    return fmt::format("{:>9} {:>9} {:>10} {:>8} {:>9}", share_text(outcome.counts.accuracy()),
                       share_text(outcome.counts.coverage()), outcome.counts[Verdict::undetected],
                       share_text(outcome.caught_share()),
                       share_text(outcome.counts.selective_risk()));
  };
  fmt::print("  {:20} {}{}{}\n", condition_name(point.condition), cells(point.policy),
             point.baseline ? "  |" + cells(*point.baseline) : "",
             point.complete ? "" : "  (not complete: run --resume)");
}

MetricData data_of_held(const BoundPolicy& policy, const HeldSplit& split) {
  Decisions decisions;
  decide(policy, split, decisions);
  return metric_data(policy, decisions, split.votes);
}

}  // namespace

Result<std::vector<View>> choose_conditions(const RunInfo& run, const std::string& wanted) {
  if (wanted == "all") {
    if (run.conditions.empty())
      return usage_error(
          fmt::format("the run '{}' was not computed under any condition", run.name),
          "--conditions",
          fmt::format("compute some: run --name {} --conditions 'noise=2,4,8' --resume", run.name));
    return run.conditions;
  }
  const auto named = parse_conditions(wanted);
  TRY(named);
  for (const View& condition : *named) TRY(choose_condition(run, to_string(condition)));
  return *named;
}

ordered_json json_of(const std::vector<SeverityCurve>& curves) {
  ordered_json list = ordered_json::array();
  for (const SeverityCurve& curve : curves)
    for (const SeverityPoint& point : curve.points)
      if (point.condition != View() || list.empty()) list.push_back(json_of(point, curve.family));
  return list;
}

void print_curves(const std::vector<SeverityCurve>& curves) {
  if (curves.empty()) return;
  constexpr std::string_view titles = " accuracy  coverage undetected   caught      risk";
  const bool beside = curves.front().points.front().baseline.has_value();
  fmt::print("  {:20} {}{}\n", "under", titles,
             beside ? fmt::format("  |{} (baseline)", titles) : "");
  print_point(curves.front().points.front());
  for (const SeverityCurve& curve : curves)
    for (const SeverityPoint& point : curve.points)
      if (point.condition != View()) print_point(point);
}

Result<DamagedFigures> damaged_figures(const Study& study, const RunInfo& run,
                                       const std::string& split, const BoundPolicy& policy,
                                       std::span<const std::size_t> voters,
                                       std::span<const std::string> damages) {
  const auto own = dataset_of_run(study, run);
  TRY(own);
  std::vector<Damage> read;
  for (const std::string& text : damages) {
    const auto damage = parse_damage(text, own->classes);
    TRY(damage);
    read.push_back(*damage);
  }
  const auto run_with = damage_run(study, run, split, policy, voters, read, own->classes.size());
  TRY(run_with);
  DamagedFigures figures;
  for (std::size_t i = 0; i < read.size(); ++i) {
    figures.damages.push_back(to_string(read[i]));
    figures.hit.push_back(run_with->damages[i].hit);
  }
  const HeldSplit& damaged = run_with->split();
  figures.data = data_of_held(policy, damaged);
  auto mcp = make_policy("mcp", voters.size());
  TRY(mcp);
  const auto baseline = bind(std::move(*mcp));
  TRY(baseline);
  figures.baseline = data_of_held(*baseline, damaged);
  return figures;
}

}  // namespace plumbline

#include "app/engine/commands/decide_output.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/engine/commands/decide_stress.h"
#include "core/decision/bound_policy_json.h"
#include "core/metrics/drift.h"
#include "core/types/count_text.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// null for what is not defined: JSON has no NaN.
ordered_json json_of(const Figure& figure) {
  if (!figure.value) return {};
  return figure.metric->unit == MetricUnit::count
             ? ordered_json(static_cast<std::int64_t>(*figure.value))
             : ordered_json(*figure.value);
}

ordered_json json_of(const Interval& interval) {
  return ordered_json::array({interval.low, interval.high});
}

/// Of a policy that stays as it is: of verdicts' counts shares of the judged samples.
ordered_json json_of_fixed(const Drift& drift) {
  ordered_json json = {{"before", *drift.chosen},
                       {"shown", *drift.shown},
                       {"difference", *drift.shown - *drift.chosen}};
  if (drift.chance) json["interval"] = json_of(*drift.chance);
  if (drift.is_chance) json["within_chance"] = *drift.is_chance;
  return json;
}

ordered_json json_of(const Drift& drift) {
  ordered_json json = {{"selected_on", *drift.chosen}, {"shown", *drift.shown}};
  if (drift.chance) json["interval"] = json_of(*drift.chance);
  if (drift.is_chance) json["within_chance"] = *drift.is_chance;
  return json;
}

/// In percent where it is a share, as those of verdicts are here.
std::string drift_text(const Metric& metric, double value) {
  const bool is_share = metric.unit == MetricUnit::fraction || is_verdict_count(metric);
  return is_share ? fmt::format("{:.2f} %", 100 * value) : figure_text(metric, value);
}

void print_fixed_drift(const DecideOutput& output) {
  fmt::print("  from {} to {}, the same policy on both:\n", output.drift_from, output.split);
  for (const Drift& drift : output.drift)
    fmt::print("  {:25} {:>10} → {:>10}{}\n", drift.metric->title,
               drift_text(*drift.metric, *drift.chosen), drift_text(*drift.metric, *drift.shown),
               !drift.is_chance   ? ""
               : *drift.is_chance ? "  within what chance explains"
                                  : "  more than chance explains");
}

std::string interval_text(const Metric& metric, const std::optional<Interval>& interval) {
  if (!interval) return "";
  return fmt::format(" [{}, {}]", figure_text(metric, interval->low),
                     figure_text(metric, interval->high));
}

}  // namespace

ordered_json json_of(const Certificate& certificate) {
  ordered_json json = {{"target", to_string(certificate.target)},
                       {"promised", certificate.policy.has_value()},
                       {"split", certificate.split},
                       {"samples", certificate.samples},
                       {"families", certificate.families},
                       {"accepted", certificate.found.accepted},
                       {"wrong", certificate.found.wrong},
                       {"p_value", certificate.p_value},
                       {"upper_bound", certificate.upper_bound}};
  json["samples_needed"] =
      certificate.needed > 0 ? ordered_json(certificate.needed) : ordered_json();
  json["words"] = words_of(certificate);
  if (certificate.needed <= 0)
    json["null_reasons"]["samples_needed"] =
        certificate.policy
            ? "it can be promised with the samples at hand"
            : "no threshold has a lower rate of errors, so no number of samples would do";
  return json;
}

ordered_json json_of(const HarmCertificate& certificate) {
  const HarmTarget& target = certificate.target;
  return {{"harm", target.harm},
          {"confidence", target.confidence},
          {"kind", target.generalized ? "generalized" : "selective"},
          {"promised", certificate.policy.has_value()},
          {"split", certificate.split},
          {"samples", certificate.samples},
          {"families", certificate.families},
          {"accepted", certificate.accepted},
          {"found_harm", certificate.found_harm},
          {"p_value", certificate.p_value},
          {"words", words_of(certificate)}};
}

ordered_json json_of(const DecideOutput& output) {
  ordered_json result;
  for (const bool notes : {false, true}) {
    for (const Figure& figure : output.figures)
      if (figure.metric->note == notes) result[figure.metric->key] = json_of(figure);
    if (!notes) result["policy"] = to_string(output.policy.policy);
  }
  for (const Figure& figure : output.figures)
    if (!figure.value) result["null_reasons"][figure.metric->key] = figure.reason;
  if (const auto splits = fitted_on(output.policy); !splits.empty()) {
    result["fitted_on"] = splits;
    result["fitted_on_shown_split"] = std::ranges::find(splits, output.split) != splits.end();
    result["bound"] = ordered_json::parse(to_json(output.policy));
  }
  if (output.boxes)
    result["boxes"] = {{"images", output.boxes->images},
                       {"objects", output.boxes->objects()},
                       {"found", output.boxes->found},
                       {"undetected", output.boxes->undetected},
                       {"false_detections", output.boxes->false_detections}};
  if (!output.batches.empty()) result["latency_batches"] = output.batches;
  for (const ResampledFigure& figure : output.intervals) {
    if (figure.interval) result["intervals"][figure.metric->key] = json_of(*figure.interval);
    if (figure.difference_interval)
      result["differences"][figure.metric->key] = {
          {"value", *figure.difference}, {"interval", json_of(*figure.difference_interval)}};
  }
  for (const auto& [metric, half] : output.half_widths) result["half_widths"][metric->key] = half;
  if (!output.selected_on.empty()) {
    result["selected_on"] = output.selected_on;
    if (!output.rule.empty()) result["rule"] = output.rule;
    for (const Figure& figure : output.on_selected)
      if (figure.value) result["on_selected"][figure.metric->key] = json_of(figure);
  }
  if (!output.drift_from.empty()) {
    result["drift_from"] = output.drift_from;
    for (const Drift& drift : output.drift)
      result["drift"][drift.metric->key] = json_of_fixed(drift);
  } else {
    for (const Drift& drift : output.drift)
      if (drift.chosen && drift.shown && drift.chance)
        result["drift"][drift.metric->key] = json_of(drift);
  }
  if (output.certificate) result["certificate"] = json_of(*output.certificate);
  if (output.harm_certificate) result["certificate"] = json_of(*output.harm_certificate);
  if (!output.condition.empty()) result["condition"] = output.condition;
  if (!output.damages.empty()) {
    result["damage"] = {{"voters", output.damages}, {"hit", output.hit}};
    for (const Figure& figure : output.undamaged)
      if (figure.value) result["damage"]["undamaged"][figure.metric->key] = json_of(figure);
  }
  if (!output.curves.empty()) result["conditions"] = json_of(output.curves);
  for (const DecisionFrontPoint& point : output.front) {
    ordered_json entry = {{"policy", point.policy},
                          {"kept_correct", point.kept},
                          {"undetected_mispredictions", point.undetected}};
    if (point.harm) entry["harm"] = *point.harm;
    result["front"].push_back(std::move(entry));
  }
  add_to(result, output.parts);
  add_to(result, output.sample);
  return result;
}

void print_output(const DecideOutput& output) {
  const auto find = [&](std::string_view key) {
    return *std::ranges::find(output.figures, key, [](const Figure& f) { return f.metric->key; });
  };
  const auto text = [&](std::string_view key) {
    const Figure figure = find(key);
    const auto own = std::ranges::find(output.intervals, figure.metric, &ResampledFigure::metric);
    return figure_text(*figure.metric, figure.value) +
           (own == output.intervals.end() ? "" : interval_text(*figure.metric, own->interval));
  };
  fmt::print("{} on {} {}{}, accuracy {}\n", to_string(output.policy.policy),
             figure_text(*find("samples").metric, find("samples").value),
             output.boxes ? "objects" : "samples",
             output.split.empty() ? "" : " of " + visible_text(output.split), text("accuracy"));
  if (output.boxes)
    fmt::print("  {} of {} found on {}, {} undetected; {}, {:.3g} per image\n", output.boxes->found,
               count_text(output.boxes->objects(), "object"),
               count_text(output.boxes->images, "image"), output.boxes->undetected,
               count_text(output.boxes->false_detections, "false detection"),
               static_cast<double>(output.boxes->false_detections) /
                   static_cast<double>(std::max<std::int64_t>(output.boxes->images, 1)));
  for (const Figure& figure : output.figures) {
    const Metric& metric = *figure.metric;
    const bool is_listed = metric.unit == MetricUnit::count && metric.key != "samples" &&
                           (!metric.note || figure.value.value_or(0) > 0);
    if (is_listed) fmt::print("  {:25} {:>10}\n", metric.title, text(metric.key));
  }
  fmt::print("  coverage {}, selective risk {}, AUGRC {}, AURC {}\n", text("coverage"),
             text("selective_risk"), text("augrc"), text("aurc"));
  if (find("latency_ratio").value)
    fmt::print("  {} asked: {}, {}\n",
               output.asked == 1 ? "one voter" : fmt::format("{} voters", output.asked),
               text("expected_latency_ms"), text("latency_ratio"));
  if (output.batches.size() > 1)
    fmt::print("  stages cost what the batch that is left takes, between measured batches of {}\n",
               fmt::join(output.batches, ", "));
  else if (!output.batches.empty())
    fmt::print(
        "  stages cost their share of a batch of {}, the only size measured: a smaller one is "
        "not proportionally cheaper\n",
        output.batches.front());
  if (find("joules_per_1000").value)
    fmt::print("  energy expected: {}{}\n", text("joules_per_1000"),
               find("joules_ratio").value ? ", " + text("joules_ratio") : "");
  if (!output.condition.empty()) fmt::print("  under {}\n", output.condition);
  for (std::size_t i = 0; i < output.damages.size(); ++i)
    fmt::print("  damaged: {}, {}\n", output.damages[i], count_text(output.hit[i], "sample"));
  for (const std::string_view key : {"kept_correct", "undetected_mispredictions"}) {
    const auto whole = std::ranges::find(output.undamaged, key,
                                         [](const Figure& figure) { return figure.metric->key; });
    if (whole != output.undamaged.end())
      fmt::print("  {} without damage: {}\n", whole->metric->title,
                 figure_text(*whole->metric, whole->value));
  }
  const auto splits = fitted_on(output.policy);
  if (!splits.empty())
    fmt::print("  fitted on {}{}\n", fmt::join(splits, ", "),
               std::ranges::find(splits, output.split) != splits.end()
                   ? ": the split that is shown, so these figures flatter it"
                   : "");
  if (output.chose_nothing())
    fmt::print("  nothing was chosen on {}: the parameters are those that were given\n",
               output.selected_on);
  else if (!output.selected_on.empty())
    fmt::print("  chosen on {} by {}{}\n", output.selected_on,
               output.rule.empty() ? "its certificate" : output.rule,
               output.selected_on == output.split
                   ? ": the split that is shown, so these figures flatter it"
                   : "");
  if (!output.drift_from.empty()) print_fixed_drift(output);
  for (const Drift& drift : output.drift)
    if (output.drift_from.empty() && drift.is_chance && !*drift.is_chance)
      fmt::print("  {} drifts from {} to {}, more than chance explains\n", drift.metric->title,
                 figure_text(*drift.metric, drift.chosen), figure_text(*drift.metric, drift.shown));
  if (output.certificate) fmt::print("  {}\n", words_of(*output.certificate));
  if (output.harm_certificate) fmt::print("  {}\n", words_of(*output.harm_certificate));
  for (const Figure& figure : output.figures)
    if (figure.metric->needs == MetricNeed::column && figure.metric->unit == MetricUnit::plain)
      fmt::print("  {} {}\n", figure.metric->title, text(figure.metric->key));
  print_curves(output.curves);
  for (const DecisionFrontPoint& point : output.front)
    fmt::print("  {:>8} kept {:>8} undetected{}  {}\n", point.kept, point.undetected,
               point.harm ? fmt::format("  harm {:.5f}", *point.harm) : "", point.policy);
  print_parts(output.parts);
  print_sample(output.sample);
}

}  // namespace plumbline

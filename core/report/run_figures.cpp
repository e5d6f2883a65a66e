#include "core/report/run_figures.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/metrics/proportion.h"
#include "core/report/definitions.h"
#include "core/review/box_review.h"

namespace plumbline {

namespace {

ReportUnit report_unit(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::count: return ReportUnit::count;
    case MetricUnit::fraction: return ReportUnit::fraction;
    case MetricUnit::area:
    case MetricUnit::plain: return ReportUnit::plain;
    case MetricUnit::milliseconds: return ReportUnit::milliseconds;
    case MetricUnit::joules: return ReportUnit::joules;
    case MetricUnit::times: return ReportUnit::times;
  }
  return ReportUnit::plain;
}

std::string resample_words(int resamples, bool paired) {
  return fmt::format("95 %, percentiles of {} {}resamples", grouped(resamples),
                     paired ? "paired " : "");
}

ReportFigure metric_figure(const std::string& group, const Metric& metric) {
  ReportFigure figure;
  figure.id = group + "." + std::string(metric.key);
  figure.title = metric.title;
  figure.definition = definition_of(metric.key);
  figure.unit = report_unit(metric.unit);
  return figure;
}

/// A resample of nothing but hits, or of none, says that there is no doubt; Wilson's interval has
/// sensible width there.
void set_interval(ReportFigure& figure, const ResampledFigure& resampled, std::int64_t n,
                  int resamples) {
  // How many there are to be judged is no estimate of anything.
  if (!resampled.interval || resampled.metric->key == "samples") return;
  figure.interval = resampled.interval;
  figure.interval_kind = resample_words(resamples, false);
  if (resampled.interval->low < resampled.interval->high) return;
  const bool count = figure.unit == ReportUnit::count;
  if (n <= 0 || !(count || resampled.metric->hits != nullptr)) return;
  const double share = count ? *figure.value / static_cast<double>(n) : *figure.value;
  if (share != 0 && share != 1) return;
  const Interval wilson = wilson_interval(share == 0 ? 0 : n, n);
  const double scale = count ? static_cast<double>(n) : 1;
  figure.interval = Interval{wilson.low * scale, wilson.high * scale};
  figure.interval_kind = "95 %, Wilson";
}

const ResampledFigure* resampled_of(const std::vector<ResampledFigure>& all, const Metric* metric) {
  const auto found = std::ranges::find(all, metric, &ResampledFigure::metric);
  return found == all.end() ? nullptr : &*found;
}

void add_policy(ReportDraft& draft, const std::string& group, const JudgedPolicy& judged,
                std::size_t provenance) {
  const std::int64_t n = judged.figures->data.counts.judged();
  const int resamples = draft.run->resamples;
  for (const Figure& value : judged.figures->values) {
    // Of boxes nothing is right or wrong a sample: what there is to say stands under Detection.
    if (draft.run->reviewed->boxes && value.metric->needs != MetricNeed::cost &&
        value.metric->needs != MetricNeed::energy)
      continue;
    ReportFigure figure = metric_figure(group, *value.metric);
    figure.value = value.value;
    figure.n = n;
    figure.provenance = provenance;
    if (const auto* resampled = resampled_of(judged.resampled, value.metric);
        resampled != nullptr && figure.value)
      set_interval(figure, *resampled, n, resamples);
    draft.add(std::move(figure));
  }
}

void add_differences(ReportDraft& draft, std::size_t provenance) {
  const RunFindings& run = *draft.run;
  for (const ResampledFigure& resampled : run.own.resampled) {
    if (!resampled.difference || resampled.metric->note || resampled.metric->key == "samples")
      continue;
    ReportFigure figure = metric_figure("difference", *resampled.metric);
    figure.title = "difference in " + figure.title;
    figure.definition = "Decision minus baseline, on the same samples.";
    figure.difference = true;
    figure.value = resampled.difference;
    figure.interval = resampled.difference_interval;
    if (figure.interval) figure.interval_kind = resample_words(run.resamples, true);
    figure.n = run.own.figures->data.counts.judged();
    figure.provenance = provenance;
    draft.add(std::move(figure));
  }
  // The relative change: both on the same resamples, which are a function of their number.
  const Metric* undetected = find_metric("undetected_mispredictions");
  const auto* own = resampled_of(run.own.resampled, undetected);
  const auto* base = resampled_of(run.baseline->resampled, undetected);
  if (own == nullptr || base == nullptr || !own->value || !base->value || !(*base->value > 0) ||
      own->resampled.size() != base->resampled.size())
    return;
  std::vector<double> ratios;
  for (std::size_t r = 0; r < own->resampled.size(); ++r)
    if (base->resampled[r] > 0) ratios.push_back(own->resampled[r] / base->resampled[r] - 1);
  ReportFigure figure;
  figure.id = "difference.undetected_relative";
  figure.title = "relative change of undetected mispredictions";
  figure.definition =
      "Undetected mispredictions of the decision divided by the baseline's, minus 1.";
  figure.value = *own->value / *base->value - 1;
  figure.unit = ReportUnit::relative;
  figure.difference = true;
  figure.n = run.own.figures->data.counts.judged();
  figure.provenance = provenance;
  if (20 * ratios.size() >= 19 * own->resampled.size() && !ratios.empty()) {
    std::ranges::sort(ratios);
    figure.interval =
        Interval{quantile_of_sorted(ratios, 0.025), quantile_of_sorted(ratios, 0.975)};
    figure.interval_kind = resample_words(run.resamples, true);
  }
  draft.add(std::move(figure));
}

/// Judged by all of the policy's voters: those of which verdicts are counted.
bool is_judged(const RunFindings& run, std::size_t sample) {
  return run.reviewed->decisions.verdict[sample] != Verdict::unjudged;
}

void add_voters(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const VoteTable& table = run.table;
  std::int64_t n = 0, all_right = 0, all_wrong = 0, same_wrong = 0, differ = 0;
  std::vector<std::int64_t> right(table.voters.size()), only_first(right), only_this(right);
  for (std::size_t i = 0; i < table.samples(); ++i) {
    if (!is_judged(run, i)) continue;
    ++n;
    std::size_t hits = 0;
    bool same = true;
    const bool first = table.voters.front().predicted[i] == table.labels[i];
    for (std::size_t v = 0; v < table.voters.size(); ++v) {
      const bool hit = table.voters[v].predicted[i] == table.labels[i];
      hits += hit;
      right[v] += hit;
      only_first[v] += first && !hit;
      only_this[v] += !first && hit;
      same = same && table.voters[v].predicted[i] == table.voters.front().predicted[i];
    }
    all_right += hits == table.voters.size();
    all_wrong += hits == 0;
    same_wrong += hits == 0 && same;
    differ += !same;
  }
  Provenance from = draft.run_provenance("");
  from.policy.clear();
  for (std::size_t v = 0; v < table.voters.size(); ++v) {
    from.voters = to_string(run.run.voters[run.own.voters[v]]);
    ReportFigure figure;
    figure.id = fmt::format("voter.{}.accuracy", v + 1);
    figure.title = "accuracy of " + from.voters;
    figure.definition = "Share of the judged samples for which this voter alone is right.";
    figure.unit = ReportUnit::fraction;
    figure.n = n;
    figure.provenance = draft.add(from);
    if (n > 0) {
      figure.value = static_cast<double>(right[v]) / static_cast<double>(n);
      figure.interval = wilson_interval(right[v], n);
      figure.interval_kind = "95 %, Wilson";
    }
    draft.add(figure);
    if (v == 0) continue;
    figure.id = fmt::format("voter.{}.accuracy_difference", v + 1);
    figure.title = "difference in accuracy from the first voter, " + from.voters;
    figure.definition = "Accuracy of this voter minus that of the first one, on the same samples.";
    figure.difference = true;
    if (n > 0) {
      figure.value = static_cast<double>(only_this[v] - only_first[v]) / static_cast<double>(n);
      figure.interval = paired_difference_interval(only_first[v], only_this[v], n);
      figure.interval_kind = "95 %, Bonett and Price, paired";
    }
    draft.add(std::move(figure));
  }
  from = draft.run_provenance(run.own.words);
  from.policy.clear();
  from.chosen = Chosen::nothing;
  from.selected_on.clear();
  from.rule.clear();
  const auto add_share = [&](const char* id, const char* title, const char* definition,
                             std::int64_t hits) {
    ReportFigure figure;
    figure.id = id;
    figure.title = title;
    figure.definition = definition;
    figure.unit = ReportUnit::fraction;
    figure.n = n;
    figure.provenance = draft.add(from);
    if (n > 0) {
      figure.value = static_cast<double>(hits) / static_cast<double>(n);
      figure.interval = wilson_interval(hits, n);
      figure.interval_kind = "95 %, Wilson";
    }
    draft.add(std::move(figure));
  };
  add_share("agreement.all_right", "all voters right", "Every voter gives the true class.",
            all_right);
  add_share("agreement.differ", "voters disagree", "Not all voters give the same class.", differ);
  add_share("agreement.all_wrong", "all voters wrong", "No voter gives the true class.", all_wrong);
  add_share("agreement.same_wrong", "all voters agree on a wrong class",
            "Every voter gives the same class, and it is wrong: no vote can catch it.", same_wrong);
}

/// What was allowed where the threshold was chosen, and what it came to where it is shown. Of boxes
/// the share of the objects that is found, with Wilson's interval, and false detections an image,
/// with one of their number as if they fell independently (Poisson).
struct BoxRates {
  std::int64_t objects = 0, found = 0, false_detections = 0, images = 0;

  double found_share() const { return static_cast<double>(found) / static_cast<double>(objects); }
  double false_rate() const {
    return static_cast<double>(false_detections) / static_cast<double>(images);
  }
  Interval false_interval() const {
    const Interval counts = poisson_interval(false_detections);
    return {counts.low / static_cast<double>(images), counts.high / static_cast<double>(images)};
  }
};

BoxRates box_rates(const BoxesReviewed& boxes) {
  return {boxes.found + boxes.undetected, boxes.found, boxes.false_detections,
          static_cast<std::int64_t>(boxes.flat->images)};
}

constexpr std::string_view found_key = "found_share", false_key = "false_per_image";

void add_box_rates(ReportDraft& draft, const std::string& group, const BoxRates& rates,
                   std::size_t provenance) {
  ReportFigure found;
  found.id = fmt::format("{}.{}", group, found_key);
  found.title = "share of objects found";
  found.definition = "Share of the objects that an accepted fused box finds.";
  found.unit = ReportUnit::fraction;
  found.value = rates.found_share();
  found.interval = wilson_interval(rates.found, rates.objects);
  found.interval_kind = "95 %, Wilson";
  found.n = rates.objects;
  found.provenance = provenance;
  draft.add(std::move(found));
  ReportFigure wrong;
  wrong.id = fmt::format("{}.{}", group, false_key);
  wrong.title = "false detections per image";
  wrong.definition = "Accepted fused boxes that find no object, divided by the number of images.";
  wrong.value = rates.false_rate();
  wrong.unit = ReportUnit::plain;
  wrong.interval = rates.false_interval();
  wrong.interval_kind = "95 %, Poisson";
  wrong.n = rates.images;
  wrong.provenance = provenance;
  draft.add(std::move(wrong));
}

void add_selected_boxes(ReportDraft& draft, std::size_t chosen_from, std::size_t shown_from) {
  const RunFindings& run = *draft.run;
  const BoxRates chosen = box_rates(*run.reviewed_on_selected->boxes);
  const BoxRates shown = box_rates(*run.reviewed->boxes);
  if (chosen.objects == 0 || chosen.images == 0 || shown.objects == 0 || shown.images == 0) return;
  add_box_rates(draft, "selected", chosen, chosen_from);
  add_box_rates(draft, "decision", shown, shown_from);
  const auto add_drift = [&](std::string_view key, const char* title, ReportUnit unit,
                             double difference, Interval interval, std::int64_t n) {
    ReportFigure figure;
    figure.id = fmt::format("drift.{}", key);
    figure.title = fmt::format("drift of {}", title);
    figure.definition = "Value on the split shown minus that on the split of the choice.";
    figure.unit = unit;
    figure.difference = true;
    figure.value = difference;
    figure.interval = interval;
    figure.interval_kind = "95 %, independent samples";
    figure.n = n;
    figure.provenance = shown_from;
    draft.add(std::move(figure));
  };
  add_drift(
      found_key, "share of objects found", ReportUnit::fraction,
      shown.found_share() - chosen.found_share(),
      independent_difference_interval(chosen.found, chosen.objects, shown.found, shown.objects),
      shown.objects);
  // From the intervals of both, as Newcombe does for shares.
  const double moved = shown.false_rate() - chosen.false_rate();
  const Interval before = chosen.false_interval(), after = shown.false_interval();
  add_drift(false_key, "false detections per image", ReportUnit::plain, moved,
            {moved - std::hypot(shown.false_rate() - after.low, before.high - chosen.false_rate()),
             moved + std::hypot(after.high - shown.false_rate(), chosen.false_rate() - before.low)},
            shown.images);
}

void add_selected(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  if (!run.on_selected) return;
  Provenance from = draft.run_provenance(run.own.words);
  from.split = run.selected_on;
  from.chosen = Chosen::here;
  add_policy(draft, "selected", *run.on_selected, draft.add(from));
  const std::size_t shown = draft.add(draft.run_provenance(run.own.words));
  if (run.reviewed->boxes) return add_selected_boxes(draft, draft.add(from), shown);
  for (const Drift& drift : run.drift) {
    if (!drift.chosen || !drift.shown || drift.metric->unit == MetricUnit::count) continue;
    ReportFigure figure = metric_figure("drift", *drift.metric);
    figure.title = "drift of " + figure.title;
    figure.definition = "Value on the split shown minus that on the split of the choice.";
    figure.difference = true;
    figure.value = *drift.shown - *drift.chosen;
    figure.interval = drift.chance;
    if (figure.interval) figure.interval_kind = "95 %, independent samples";
    figure.n = run.own.figures->data.counts.judged();
    figure.provenance = shown;
    draft.add(std::move(figure));
  }
}

}  // namespace

void add_run_figures(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const std::size_t own = draft.add(draft.run_provenance(run.own.words));
  add_policy(draft, "decision", run.own, own);
  if (run.baseline) {
    Provenance from = draft.run_provenance(run.baseline->words);
    // Its threshold is set on the split shown, in its own favour.
    if (run.equal_kept) from.rule = "as many kept as " + run.own.words;
    add_policy(draft, "baseline", *run.baseline, draft.add(from));
    add_differences(draft, own);
  }
  if (run.votes) add_voters(draft);
  add_selected(draft);
}

}  // namespace plumbline

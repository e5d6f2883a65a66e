#include "core/metrics/metric_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/metrics/calibration.h"

namespace plumbline {

namespace {

using Value = std::optional<double>;

template <Verdict verdict>
Value count_of(const MetricData& data) {
  return static_cast<double>(data.counts[verdict]);
}

template <std::optional<double> SelectiveMetrics::* figure>
Value selective_figure(const MetricData& data) {
  return data.selective().*figure;
}

Value judged(const MetricData& data) { return static_cast<double>(data.counts.judged()); }
Value accuracy(const MetricData& data) { return data.counts.accuracy(); }
Value coverage(const MetricData& data) { return data.counts.coverage(); }
Value selective_risk(const MetricData& data) { return data.counts.selective_risk(); }
Value generalized_risk(const MetricData& data) { return data.counts.generalized_risk(); }
Value calibration_error(const MetricData& data) { return data.calibration_error(); }
Value brier(const MetricData& data) { return data.brier_score(); }
Value latency(const MetricData& data) { return data.latency_ms; }
Value latency_ratio(const MetricData& data) { return data.latency_ratio; }
Value joules(const MetricData& data) { return data.joules; }
Value joules_ratio(const MetricData& data) { return data.joules_ratio; }
Value ties_broken(const MetricData& data) { return static_cast<double>(data.ties_broken); }

Value negative_log_likelihood(const MetricData& data) { return data.negative_log_likelihood(); }

Proportion right_of_judged(const MetricData& data) {
  return {data.counts[Verdict::kept] + data.counts[Verdict::needlessly_rejected],
          data.counts.judged()};
}
Proportion accepted_of_judged(const MetricData& data) {
  return {data.counts.accepted(), data.counts.judged()};
}
Proportion wrong_of_accepted(const MetricData& data) {
  return {data.counts[Verdict::undetected], data.counts.accepted()};
}
Proportion undetected_of_judged(const MetricData& data) {
  return {data.counts[Verdict::undetected], data.counts.judged()};
}

Value mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

using S = SelectiveMetrics;
using U = MetricUnit;
using B = Better;
using N = MetricNeed;

constexpr std::string_view right_or_wrong_alone = "all judged samples are right, or all are wrong";

// The one table: a further metric is one entry. Scripts read the keys, so that they stay.
/// Of what accepted labels cost by their true classes, and rejections.
std::optional<double> mean_harm(const MetricData& data) {
  const auto values = data.column("harm");
  return mean_of({values.begin(), values.end()});
}

constexpr Metric metrics[] = {
    {"samples", "samples", U::count, B::neither, N::nothing, judged},
    {"accuracy",
     "accuracy",
     U::fraction,
     B::higher,
     N::nothing,
     accuracy,
     false,
     {},
     right_of_judged},
    {"kept_correct", "kept correct", U::count, B::higher, N::nothing, count_of<Verdict::kept>},
    {"undetected_mispredictions", "undetected mispredictions", U::count, B::lower, N::nothing,
     count_of<Verdict::undetected>},
    {"caught_mispredictions", "caught mispredictions", U::count, B::higher, N::nothing,
     count_of<Verdict::caught>},
    {"needlessly_rejected", "needlessly rejected", U::count, B::lower, N::nothing,
     count_of<Verdict::needlessly_rejected>},
    {"coverage",
     "coverage",
     U::fraction,
     B::higher,
     N::nothing,
     coverage,
     false,
     {},
     accepted_of_judged},
    {"selective_risk",
     "selective risk",
     U::fraction,
     B::lower,
     N::nothing,
     selective_risk,
     false,
     {},
     wrong_of_accepted,
     "nothing is accepted"},
    {"generalized_risk",
     "generalized risk",
     U::fraction,
     B::lower,
     N::nothing,
     generalized_risk,
     false,
     {},
     undetected_of_judged},
    {"aurc", "AURC", U::area, B::lower, N::scores, selective_figure<&S::aurc>},
    {"e_aurc", "E-AURC", U::area, B::lower, N::scores, selective_figure<&S::e_aurc>},
    {"augrc", "AUGRC", U::area, B::lower, N::scores, selective_figure<&S::augrc>},
    {.key = "auroc",
     .title = "AUROC",
     .unit = U::area,
     .better = B::higher,
     .needs = N::scores,
     .value = selective_figure<&S::auroc>,
     .undefined = right_or_wrong_alone},
    {.key = "fpr95",
     .title = "FPR at 95 % TPR",
     .unit = U::fraction,
     .better = B::lower,
     .needs = N::scores,
     .value = selective_figure<&S::fpr95>,
     .undefined = right_or_wrong_alone},
    {"coverage_at_risk_5", "coverage at 5 % risk", U::fraction, B::higher, N::scores,
     selective_figure<&S::coverage_at_risk_5>},
    {"risk_at_coverage_80", "risk at 80 % coverage", U::fraction, B::lower, N::scores,
     selective_figure<&S::risk_at_coverage_80>},
    {"ece", "ECE", U::area, B::lower, N::probabilities, calibration_error},
    {.key = "nll",
     .title = "NLL",
     .unit = U::plain,
     .better = B::lower,
     .needs = N::likelihood,
     .value = negative_log_likelihood,
     .undefined = "it is infinite: the true class of some sample has the probability 0"},
    {"brier", "Brier score", U::plain, B::lower, N::distributions, brier},
    {"expected_latency_ms", "expected latency", U::milliseconds, B::lower, N::cost, latency},
    {.key = "latency_ratio",
     .title = "latency",
     .unit = U::times,
     .better = B::lower,
     .needs = N::cost,
     .value = latency_ratio,
     .undefined = "the time of the first voter, the baseline, is not known"},
    {"joules_per_1000", "expected energy", U::joules, B::lower, N::energy, joules},
    {.key = "joules_ratio",
     .title = "energy",
     .unit = U::times,
     .better = B::lower,
     .needs = N::energy,
     .value = joules_ratio,
     .undefined = "the energy of the first voter, the baseline, is not known"},
    {"harm", "mean harm", U::plain, B::lower, N::column, mean_harm, false, "harm"},
    {"not_judged", "not judged", U::count, B::neither, N::nothing, count_of<Verdict::unjudged>,
     true},
    {"ties_broken", "ties broken", U::count, B::neither, N::nothing, ties_broken, true},
};

bool is_there(const Metric& metric, const MetricData& data) {
  switch (metric.needs) {
    case MetricNeed::nothing: return true;
    case MetricNeed::scores: return data.has_scores;
    case MetricNeed::probabilities: return data.has_scores && data.score_is_probability;
    case MetricNeed::likelihood: return data.negative_log_likelihood().has_value();
    case MetricNeed::distributions: return data.brier_score().has_value();
    case MetricNeed::cost: return data.latency_ms.has_value();
    case MetricNeed::energy: return data.joules.has_value();
    case MetricNeed::column: return !data.column(metric.column).empty();
  }
  return false;
}

}  // namespace

const SelectiveMetrics& MetricData::selective() const {
  if (!selective_) selective_ = selective_metrics(score, right);
  return *selective_;
}

std::optional<double> MetricData::calibration_error() const {
  return sums_ ? sums_->calibration_error : expected_calibration_error(score, right);
}

std::optional<double> MetricData::negative_log_likelihood() const {
  if (sums_) return sums_->negative_log_likelihood;
  const auto mean = mean_of(log_prob_label);
  return mean ? std::optional<double>(-*mean) : std::nullopt;
}

std::optional<double> MetricData::brier_score() const {
  return sums_ ? sums_->brier : mean_of(brier);
}

MetricData MetricData::of_sums(const MetricSums& sums, const MetricData& whole) {
  MetricData data;
  data.counts = sums.counts;
  data.has_scores = whole.has_scores;
  data.score_is_probability = whole.score_is_probability;
  data.selective_ = sums.selective;
  data.sums_ = sums;
  return data;
}

std::span<const double> MetricData::column(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? std::span<const double>() : std::span(found->values);
}

NamedTable<Metric>& metric_table() {
  static NamedTable<Metric> table{std::span<const Metric>(metrics)};
  return table;
}

const Metric* find_metric(std::string_view key) { return metric_table().find(key); }

std::optional<double> value_of(const Metric& metric, const MetricData& data) {
  if (!is_there(metric, data)) return std::nullopt;
  const auto value = metric.value(data);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string why_undefined(const Metric& metric, const MetricData& data) {
  if (value_of(metric, data)) return {};
  if (data.counts.judged() == 0) return "no sample is judged";
  if (!is_there(metric, data)) switch (metric.needs) {
      case MetricNeed::nothing: break;
      case MetricNeed::scores: return "the samples have no score to rank them by";
      case MetricNeed::probabilities: return "the policy's score is not a probability of its class";
      case MetricNeed::likelihood:
      case MetricNeed::distributions:
        return data.no_losses.empty() ? "the distributions are not known" : data.no_losses;
      case MetricNeed::cost:
        return "the time of a voter that is asked is not known, or was measured on a different "
               "device or batch size from the first voter's";
      case MetricNeed::energy:
        return data.no_energy.empty() ? "no energy was measured" : data.no_energy;
      case MetricNeed::column:
        return fmt::format("the predictions have no column '{}'", metric.column);
    }
  return metric.undefined.empty() ? "it is not defined for these samples"
                                  : std::string(metric.undefined);
}

std::string figure_text(const Metric& metric, std::optional<double> value) {
  if (!value) return "–";
  switch (metric.unit) {
    case MetricUnit::count: return fmt::format("{:.0f}", *value);
    case MetricUnit::fraction: return fmt::format("{:.2f} %", 100 * *value);
    case MetricUnit::area:
    case MetricUnit::plain: return fmt::format("{:.5f}", *value);
    case MetricUnit::milliseconds: return fmt::format("{:.2f} ms per batch", *value);
    case MetricUnit::joules: return fmt::format("{:.2f} J for 1,000", *value);
    case MetricUnit::times: return fmt::format("{:.2f} × the baseline", *value);
  }
  return {};
}

std::vector<Figure> figures_of(const MetricData& data) {
  std::vector<Figure> figures;
  for (const Metric* metric : metric_table().all())
    if (metric->needs != MetricNeed::column || is_there(*metric, data))
      figures.push_back({metric, value_of(*metric, data), why_undefined(*metric, data)});
  return figures;
}

}  // namespace plumbline

#include "core/metrics/bootstrap.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/metrics/ranked_samples.h"
#include "core/types/threads.h"

namespace plumbline {

namespace {

constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

/// Samples of one policy, made ready to be counted.
class ResampledData {
 public:
  explicit ResampledData(const MetricData& data)
      : data_(data), ranked_(data.score, data.right), verdict_(data.right.size()) {
    for (std::size_t i = 0; i < verdict_.size(); ++i) {
      const bool accepted = !data.accepted.empty() && data.accepted[i] != 0;
      const bool right = data.right[i] != 0;
      verdict_[i] = static_cast<std::uint8_t>(
          accepted ? (right ? Verdict::kept : Verdict::undetected)
                   : (right ? Verdict::needlessly_rejected : Verdict::caught));
    }
  }

  /// The figures' ingredients with each sample as often as it is counted.
  MetricData resampled(std::span<const ResampleCount> counts,
                       std::vector<ResampleCount>& memory) const {
    MetricSums sums;
    sums.counts = counts_of(counts);
    if (data_.has_scores) {
      memory.resize(counts.size());
      ranked_.rank(counts, memory);
      sums.selective = ranked_.selective(memory);
      if (data_.score_is_probability) sums.calibration_error = ranked_.calibration_error(memory);
    }
    sums.negative_log_likelihood = mean_of(data_.log_prob_label, counts, -1);
    sums.brier = mean_of(data_.brier, counts, 1);
    MetricData result = MetricData::of_sums(sums, data_);
    for (const auto& column : data_.columns)
      result.columns.push_back({column.name, repeated(column.values, counts)});
    return result;
  }

 private:
  VerdictCounts counts_of(std::span<const ResampleCount> counts) const {
    std::uint32_t kept = 0, undetected = 0, caught = 0, rejected = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const std::uint32_t count = counts[i];
      kept += verdict_[i] == 0 ? count : 0;
      undetected += verdict_[i] == 1 ? count : 0;
      caught += verdict_[i] == 2 ? count : 0;
      rejected += verdict_[i] == 3 ? count : 0;
    }
    return {{kept, undetected, caught, rejected, data_.counts[Verdict::unjudged]}};
  }

  static std::optional<double> mean_of(const std::vector<double>& values,
                                       std::span<const ResampleCount> counts, double sign) {
    if (values.empty()) return std::nullopt;
    double sum = 0;
    // 0 × ∞ is not a number: what is not drawn is left out.
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] != 0) sum += counts[i] * values[i];
    return sign * sum / static_cast<double>(counts.size());
  }

  static std::vector<double> repeated(const std::vector<double>& values,
                                      std::span<const ResampleCount> counts) {
    std::vector<double> result;
    result.reserve(counts.size());
    for (std::size_t i = 0; i < std::min(values.size(), counts.size()); ++i)
      result.insert(result.end(), counts[i], values[i]);
    return result;
  }

  const MetricData& data_;
  RankedSamples ranked_;
  std::vector<std::uint8_t> verdict_;
};

/// A latency or an energy is no figure of the samples.
bool is_resampled(const Metric& metric) {
  return metric.needs != MetricNeed::cost && metric.needs != MetricNeed::energy && !metric.note;
}

/// The middle 95 % of what is defined; nothing where too little is.
std::optional<Interval> middle_interval(std::vector<double> values) {
  const std::size_t all = values.size();
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty() || 20 * values.size() < 19 * all) return std::nullopt;
  std::ranges::sort(values);
  return Interval{quantile_of_sorted(values, 0.025), quantile_of_sorted(values, 0.975)};
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] - b[i];
  return result;
}

/// By metric, then by resample.
using Values = std::vector<std::vector<double>>;

void store_values(const MetricData& data, std::size_t resample, Values& values) {
  const auto all_metrics = metric_table().all();
  for (std::size_t m = 0; m < all_metrics.size(); ++m)
    if (!values[m].empty())
      values[m][resample] = value_of(*all_metrics[m], data).value_or(not_defined);
}

}  // namespace

double quantile_of_sorted(const std::vector<double>& sorted, double q) {
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Result<std::vector<ResampledFigure>> bootstrap(const MetricData& data, const MetricData* baseline,
                                               const BootstrapOptions& options) {
  const std::size_t n = data.right.size();
  if (baseline != nullptr && baseline->right.size() != n)
    return usage_error("policy and baseline are not judged on the same samples", "--intervals");
  const auto all_metrics = metric_table().all();
  const auto resamples = static_cast<std::size_t>(std::max(options.resamples, 0));
  Values own(all_metrics.size()), others(all_metrics.size());
  for (std::size_t m = 0; m < all_metrics.size(); ++m)
    if (is_resampled(*all_metrics[m]) && n > 0) {
      own[m].resize(resamples);
      if (baseline != nullptr) others[m].resize(resamples);
    }
  const ResampledData first(data);
  const std::optional<ResampledData> second =
      baseline != nullptr ? std::optional<ResampledData>(*baseline) : std::nullopt;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  int done = 0;
  const auto work = [&] {
    std::vector<ResampleCount> counts(n), memory;
    for (std::size_t r = next++; r < resamples && n > 0 && !stopped; r = next++) {
      draw_resample(options.seed, r, counts);
      store_values(first.resampled(counts, memory), r, own);
      if (second) store_values(second->resampled(counts, memory), r, others);
      if (!options.progress) continue;
      const std::lock_guard lock(mutex);
      if (!options.progress(++done, static_cast<int>(resamples))) stopped = true;
    }
  };
  {
    const std::size_t threads = options.threads == 0 ? core_count() : options.threads;
    const auto helpers = start_threads(std::min(threads, resamples + 1) - 1, work);
    work();
  }
  if (stopped) return fail(ErrorKind::cancelled, "the resampling was cancelled");
  std::vector<ResampledFigure> figures;
  for (std::size_t m = 0; m < all_metrics.size(); ++m) {
    ResampledFigure& figure = figures.emplace_back();
    figure.metric = all_metrics[m];
    figure.value = value_of(*all_metrics[m], data);
    const auto base = baseline != nullptr ? value_of(*all_metrics[m], *baseline) : std::nullopt;
    if (figure.value && base) figure.difference = *figure.value - *base;
    if (figure.value) figure.interval = middle_interval(own[m]);
    if (figure.difference)
      figure.difference_interval = middle_interval(differences(own[m], others[m]));
    figure.resampled = std::move(own[m]);
  }
  return figures;
}

std::vector<Drift> drift_of(const MetricData& chosen, const std::vector<ResampledFigure>& on_chosen,
                            const MetricData& shown, const std::vector<ResampledFigure>& on_shown) {
  std::vector<Drift> drifts;
  for (std::size_t m = 0; m < std::min(on_chosen.size(), on_shown.size()); ++m) {
    const ResampledFigure &before = on_chosen[m], &after = on_shown[m];
    Drift& drift = drifts.emplace_back();
    drift.metric = before.metric;
    drift.chosen = before.value;
    drift.shown = after.value;
    if (!before.value || !after.value || before.metric->unit == MetricUnit::count) continue;
    if (before.metric->hits != nullptr) {
      const Proportion a = before.metric->hits(chosen), b = before.metric->hits(shown);
      if (a.n > 0 && b.n > 0)
        drift.chance = independent_difference_interval(a.hits, a.n, b.hits, b.n);
    } else if (before.resampled.size() == after.resampled.size()) {
      // Another resample's, since the same number draws the same places in both.
      std::vector<double> turned = before.resampled;
      if (!turned.empty()) std::ranges::rotate(turned, turned.begin() + 1);
      drift.chance = middle_interval(differences(after.resampled, turned));
    }
    if (drift.chance) drift.is_chance = drift.chance->low <= 0 && drift.chance->high >= 0;
  }
  return drifts;
}

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/metrics/selective.h"
#include "core/types/named_table.h"

namespace plumbline {

/// What figures are made of, summed up over a resample.
struct MetricSums {
  VerdictCounts counts;
  SelectiveMetrics selective;
  std::optional<double> calibration_error, negative_log_likelihood, brier;
};

/// What the figures of a set of decisions are made of. What there is none of is left empty; the
/// metrics that need it have no value then.
class MetricData {
 public:
  VerdictCounts counts;
  std::int64_t ties_broken = 0;
  /// Of the judged samples, in their order: score, 1 where the label is right, 1 where it is
  /// accepted, the natural logarithm of the true class's probability, and the sum over the classes
  /// of the squared distances of the distribution to it.
  std::vector<double> score;
  std::vector<std::uint8_t> right, accepted;
  std::vector<double> log_prob_label, brier;
  std::string no_losses;              ///< where either is empty: why, as a sentence without an end
  bool has_scores = false;            ///< false where samples are not ranked at all
  bool score_is_probability = false;  ///< of the label
  std::optional<double> latency_ms, latency_ratio;
  std::optional<double> joules, joules_ratio;  ///< of 1,000 samples, and × the first voter's
  std::string no_energy;  ///< where there are none: why, as a sentence without an end
  /// What another kind of output adds, by name.
  struct Column {
    std::string_view name;
    std::vector<double> values;
  };
  std::vector<Column> columns;

  /// Sorted at the first call and kept. Not to be called by several threads at once.
  const SelectiveMetrics& selective() const;
  std::optional<double> calibration_error() const, negative_log_likelihood() const,
      brier_score() const;
  /// The figures of a resample, of samples like those of `whole`.
  static MetricData of_sums(const MetricSums& sums, const MetricData& whole);
  std::span<const double> column(std::string_view name) const;  ///< empty where there is none

 private:
  mutable std::optional<SelectiveMetrics> selective_;
  std::optional<MetricSums> sums_;  ///< of a resample
};

enum class MetricUnit {
  count,
  fraction,      ///< 0 to 1
  area,          ///< under a curve, 0 to 1
  plain,         ///< nats, sums of squares
  milliseconds,  ///< a batch
  joules,        ///< 1,000 samples
  times,         ///< as much as the baseline
};

enum class Better { higher, lower, neither };

/// What a metric needs besides verdicts.
enum class MetricNeed {
  nothing,
  scores,
  probabilities,
  likelihood,
  distributions,
  cost,    ///< the voters' times
  energy,  ///< the voters' joules
  column
};

/// Hits among independent samples.
struct Proportion {
  std::int64_t hits = 0, n = 0;
};

/// One figure. Its definition is DOMAIN 1.4's.
struct Metric {
  std::string_view key;    ///< in JSON
  std::string_view title;  ///< for people
  MetricUnit unit = MetricUnit::plain;
  Better better = Better::neither;
  MetricNeed needs = MetricNeed::nothing;
  std::optional<double> (*value)(const MetricData& data) = nullptr;
  bool note = false;             ///< says how the figures came about, and is listed after them
  std::string_view column = {};  ///< for MetricNeed::column
  /// Of a share of samples: how many of how many, so that chance is known without resampling.
  Proportion (*hits)(const MetricData& data) = nullptr;
  /// When it has no value although all that it needs is there, as a sentence without an end.
  std::string_view undefined = {};
};

/// All metrics, in the order in which they are listed, to which a program may add: what command
/// line, window and report ask.
NamedTable<Metric>& metric_table();

/// Null where there is none.
const Metric* find_metric(std::string_view key);

/// Nothing where the data lack what the metric needs, or it is not defined for them.
std::optional<double> value_of(const Metric& metric, const MetricData& data);

/// Why a metric has no value for these data, as a sentence without an end: what the data lack, or
/// why it is not defined for them. Empty where it has one.
std::string why_undefined(const Metric& metric, const MetricData& data);

/// A value with the digits and the unit that people read; "–" for none.
std::string figure_text(const Metric& metric, std::optional<double> value);

/// A metric and its value.
struct Figure {
  const Metric* metric = nullptr;
  std::optional<double> value;
  std::string reason = {};  ///< why there is no value
};

/// All of the table; metrics of a column that the data do not have are left out.
std::vector<Figure> figures_of(const MetricData& data);

}  // namespace plumbline

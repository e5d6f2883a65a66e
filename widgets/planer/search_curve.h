#pragma once
#include <QString>

#include <optional>
#include <string>
#include <vector>

#include "core/planer/front/prediction.h"
#include "widgets/planer/planer_catalogue.h"
#include "widgets/text/loss_unit.h"

namespace plumbline {

/// What is looked at: an existing network under one latency key, and the search that is shown with
/// it (empty: none).
struct PlanerSubject {
  std::string network;
  StepKey key;
  std::string search;
  CostKind cost = CostKind::latency;  ///< what accuracy is plotted against, and what is aimed at
  friend bool operator==(const PlanerSubject&, const PlanerSubject&) = default;
};

/// Median and interquartile range of what was measured: ms, or joules of 1,000 tokens.
struct MeasuredCost {
  double median = 0, spread = 0;
  int repeats = 0;
};

/// From this interquartile range on, as a share of the median, a machine was not quiet.
inline constexpr double noisy_share = 0.1;

/// One architecture that is compared with others: what is known of it, measured or estimated.
struct PlanerEntry {
  /// `further`: one that was found, trained further. `free`: of most parameters, without a search.
  enum class Role { baseline, found, further, random, free, searching, predicted };
  Role role = Role::found;
  std::string network;  ///< empty where there is no network yet
  std::string search;
  double target = 0;                         ///< fraction of the baseline's cost; 0: none
  CostKind target_cost = CostKind::latency;  ///< what that is a fraction of
  CostKind cost = CostKind::latency;         ///< what is looked at: the subject's
  Architecture architecture;
  std::optional<MeasuredLatency> latency;  ///< measured
  /// The baseline, measured in turns with it; nothing where they were measured apart.
  std::optional<MeasuredLatency> baseline;
  std::optional<TokenEnergy> energy, baseline_energy;  ///< likewise
  std::optional<double> estimate;                      ///< of what is looked at, from its table
  std::optional<MeasuredLoss> loss;                    ///< on validation text
  std::optional<double> running_loss;        ///< nats: of a search or predicted, no measurement
  std::optional<ParameterCount> parameters;  ///< nothing where the architecture is not known
  /// Of what is looked at, and the baseline's in the same sitting.
  std::optional<MeasuredCost> measured() const, beside() const;
  std::optional<double> shown_cost() const;  ///< measured, else the estimate
  std::optional<double> shown_nats() const;  ///< measured, else the running one
  std::string key() const;                   ///< the same entry has the same key
  /// What is looked at as a share of the baseline's in the same sitting.
  std::optional<double> fraction() const;
  /// Whether that meets its target (target_verdict.h); nothing where it has none of that kind, or
  /// no fraction.
  std::optional<bool> target_met() const;
  /// Whether one of those two spread by more than `noisy_share` of its median.
  bool is_noisy() const;
  bool can_go_on() const;  ///< found, so that it can be trained further
};

/// "Baseline", "Found, 0.60×", "Further, 0.60×", "Search, 0.50×".
QString entry_title(const PlanerEntry& entry);

/// One search, or one network without a search, as the plot shows it: its baseline, its front, what
/// was found, and how the last search went.
struct SearchCurve {
  PlanerSubject subject;
  LossUnit unit;
  BackboneConfig config;
  std::optional<LatencyTable> table;  ///< where time goes
  std::optional<CostTable> costs;     ///< of what is looked at
  bool knows_energies = false;        ///< a table of energies, or a network's
  std::optional<MeasuredCost> baseline;
  std::optional<SurrogateFront> front;
  std::optional<Error> front_error;
  FrontCalibration calibration;      ///< the one that `planer front` has
  std::vector<PlanerEntry> entries;  ///< the baseline first, then what was found by falling target
  std::vector<SearchPoint> path;     ///< of the target that came last

  std::optional<double> baseline_cost() const {
    return baseline ? std::optional(baseline->median) : std::nullopt;
  }
  /// "2.95 ms", "1.93 J"
  QString text(double cost) const;
  /// A cost that was estimated from the table, as a share of what the table estimates for the
  /// baseline: both are of the table's one sitting. That is what a search's target is of.
  std::optional<double> estimated_fraction(double estimate) const;
  /// The same as a cost beside baseline_cost(): that share of it. The estimate itself where there
  /// is no baseline to be beside.
  double cost_beside_baseline(double estimate) const;
  /// Whether estimates are of a sitting other than that of baseline_cost().
  bool is_estimated_apart() const;
  /// Cost of an entry as a share of the baseline's, both of one sitting where there is one: that
  /// in which it was measured, else the table's; else of the baseline as it was measured apart.
  std::optional<double> shown_fraction(const PlanerEntry& entry) const;
  /// Whether an entry was measured in a sitting other than that of baseline_cost(), so that the two
  /// cannot be compared as they stand.
  bool is_measured_apart(const PlanerEntry& entry) const;
  /// The best of the front within this share of the baseline's estimated cost; null: no front, or
  /// nothing costs as little.
  const FrontPoint* within(double fraction) const;
  /// What a point of the front is expected to have once it is retrained, nats per token.
  double expected_nats(const FrontPoint& point) const {
    return calibration.expected_nats(point.loss);
  }
};
/// Null where the network is not there.
std::optional<SearchCurve> read_curve(const PlanerCatalogue& catalogue,
                                      const PlanerSubject& subject);

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/engine/commands/decide_parts.h"
#include "app/engine/commands/decide_sample.h"
#include "core/decision/bound_policy.h"
#include "core/metrics/bootstrap.h"
#include "core/selection/certificate.h"
#include "core/selection/harm.h"
#include "core/stress/severity_curve.h"

namespace plumbline {

/// A setting of a front.
struct DecisionFrontPoint {
  std::string policy;
  std::int64_t kept = 0, undetected = 0;
  std::optional<double> harm;  ///< mean over the judged samples
};

/// What a decision on boxes comes to.
struct BoxOutcomes {
  std::int64_t images = 0, found = 0, undetected = 0, false_detections = 0;
  std::int64_t objects() const { return found + undetected; }
};

/// What `decide` and `evaluate classification` found, as far as it was asked for.
struct DecideOutput {
  BoundPolicy policy;
  std::string split;  ///< that is shown; empty: files that are in no study
  std::vector<Figure> figures;
  std::size_t asked = 0;                   ///< voters that are asked at all
  std::vector<double> batches;             ///< of a timed policy in stages: sizes measured
  std::vector<ResampledFigure> intervals;  ///< of the same metrics; empty where not asked for
  /// Of the intervals that stand beside figures in the window: shown_interval(), of a verdict's
  /// count that of its share.
  std::vector<std::pair<const Metric*, double>> half_widths;
  std::string selected_on, rule;    ///< empty where nothing was selected
  std::vector<Figure> on_selected;  ///< figures there
  std::vector<Drift> drift;
  std::optional<Certificate> certificate;
  /// Another split, from which the drift of the fixed policy is shown; empty: from where it was
  /// chosen, if it was.
  std::string drift_from;
  std::string condition;             ///< under which it is shown; empty: none
  std::vector<std::string> damages;  ///< voters that are damaged, in words
  std::vector<std::int64_t> hit;     ///< samples, of each damage
  std::vector<Figure> undamaged;     ///< figures without damage
  std::vector<SeverityCurve> curves;
  std::optional<HarmCertificate> harm_certificate;
  std::vector<DecisionFrontPoint> front;
  std::optional<BoxOutcomes> boxes;  ///< of detectors
  DecisionParts parts;               ///< confusion, reliability, stages, costs
  std::optional<SampleOfDecision> sample;

  /// A promise was asked for, none can be given, and no rule chose instead.
  bool chose_nothing() const {
    return !selected_on.empty() && rule.empty() && !(certificate && certificate->policy) &&
           !(harm_certificate && harm_certificate->policy);
  }
};

/// Flat, scripts depend on keys and order: figures, the policy, how they came about; then what was
/// asked for (latency_batches of stages, learned, intervals, differences, half_widths, selected_on,
/// rule, drift_from, drift, certificate, condition, damage, conditions, front, confusion,
/// reliability, stages, costs, sample).
nlohmann::ordered_json json_of(const DecideOutput& output);
nlohmann::ordered_json json_of(const Certificate& certificate);
nlohmann::ordered_json json_of(const HarmCertificate& certificate);

/// For people.
void print_output(const DecideOutput& output);

}  // namespace plumbline

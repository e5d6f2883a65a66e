#include "core/stress/severity_curve.h"

#include <limits>

#include "core/review/review_kind.h"
#include "core/study/condition.h"

namespace plumbline {

namespace {

Result<StressOutcome> stress_outcome(const ReviewSource& source, const BoundPolicy& policy,
                                     std::span<const std::size_t> voters) {
  const auto reviewed = source.decide(policy, voters);
  TRY(reviewed);
  return StressOutcome{(*reviewed)->decisions.counts, figures_of((*reviewed)->figures)};
}

/// The baseline that nobody named: of classes `mcp`.
Result<std::optional<BoundPolicy>> default_baseline(const ReviewSource& source,
                                                    const StressRequest& request) {
  if (request.baseline || source.votes() == nullptr) return request.baseline;
  auto mcp = make_policy("mcp", request.voters.size());
  TRY(mcp);
  auto bound = bind(std::move(*mcp));
  TRY(bound);
  return std::optional(std::move(*bound));
}

}  // namespace

double StressOutcome::caught_share() const {
  const auto wrong = counts[Verdict::caught] + counts[Verdict::undetected];
  return wrong == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(counts[Verdict::caught]) / static_cast<double>(wrong);
}

Result<SeverityPoint> under_stress(const Study& study, const RunInfo& run,
                                   const StressRequest& request, const View& condition) {
  const RunInfo seen = under(run, condition);
  const auto kind = review_kind_of(study, run);
  TRY(kind);
  const auto source = (*kind)->open(study, seen, request.split);
  TRY(source);
  SeverityPoint point;
  point.condition = condition;
  auto outcome = stress_outcome(**source, request.policy, request.voters);
  TRY(outcome);
  point.policy = std::move(*outcome);
  const auto baseline = default_baseline(**source, request);
  TRY(baseline);
  if (*baseline) {
    auto beside = stress_outcome(**source, **baseline, request.voters);
    TRY(beside);
    point.baseline = std::move(*beside);
  }
  const auto sets = study.prediction_sets(seen, request.split);
  TRY(sets);
  const auto samples = study.sample_count(run.dataset, request.split);
  TRY(samples);
  for (const std::size_t voter : request.voters)
    point.complete = point.complete && (*sets)[voter].committed >= *samples;
  return point;
}

Result<std::vector<SeverityCurve>> severity_curves(const Study& study, const RunInfo& run,
                                                   const StressRequest& request,
                                                   const std::vector<View>& conditions,
                                                   const StressProgress& progress) {
  const std::size_t total = conditions.size() + 1;
  std::size_t done = 0;
  const auto should_stop = [&] { return progress && progress(done, total); };
  if (should_stop()) return fail(ErrorKind::cancelled, "cancelled");
  const auto clean = under_stress(study, run, request, View());
  TRY(clean);
  std::vector<SeverityCurve> curves;
  for (const ConditionFamily& family : condition_families(conditions)) {
    SeverityCurve& curve = curves.emplace_back(SeverityCurve{family.name, {*clean}});
    for (std::size_t i = 0; i < family.conditions.size(); ++i) {
      ++done;
      if (should_stop()) return fail(ErrorKind::cancelled, "cancelled");
      auto point = under_stress(study, run, request, family.conditions[i]);
      TRY(point);
      point->severity = family.severity[i];
      curve.points.push_back(std::move(*point));
    }
  }
  return curves;
}

}  // namespace plumbline

#include "core/stress/severity_curve.h"

#include <algorithm>
#include <limits>

#include "core/decision/threshold_parameter.h"
#include "core/review/review_kind.h"
#include "core/study/condition.h"

namespace plumbline {

namespace {

StressOutcome stress_outcome(const ReviewedRun& reviewed) {
  return {reviewed.decisions.counts, figures_of(reviewed.figures)};
}

void compare_undetected(const Decisions& policy, const Decisions& baseline, SeverityPoint& point) {
  const std::size_t samples = std::min(policy.verdict.size(), baseline.verdict.size());
  for (std::size_t i = 0; i < samples; ++i) {
    const Verdict own = policy.verdict[i], beside = baseline.verdict[i];
    if (own == Verdict::unjudged || beside == Verdict::unjudged) continue;
    ++point.both_judge;
    point.only_policy_undetected += own == Verdict::undetected && beside != Verdict::undetected;
    point.only_baseline_undetected += own != Verdict::undetected && beside == Verdict::undetected;
  }
}

const std::vector<std::size_t>& baseline_deciders(const StressRequest& request) {
  return request.baseline_voters.empty() ? request.voters : request.baseline_voters;
}

}  // namespace

double StressOutcome::caught_share() const {
  const auto wrong = counts[Verdict::caught] + counts[Verdict::undetected];
  return wrong == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(counts[Verdict::caught]) / static_cast<double>(wrong);
}

Result<void> set_mcp_baseline(StressRequest& request, std::size_t voter,
                              std::optional<double> threshold) {
  request.baseline_voters = !request.voters.empty() && request.voters.front() == voter
                                ? request.voters
                                : std::vector<std::size_t>{voter};
  auto mcp = make_policy("mcp", request.baseline_voters.size());
  TRY(mcp);
  auto bound = bind(std::move(*mcp));
  TRY(bound);
  request.baseline = threshold ? at_point(*bound, *threshold, 0) : std::move(*bound);
  return {};
}

Result<SeverityPoint> under_stress(const Study& study, const RunInfo& run,
                                   const StressRequest& asked, const View& condition) {
  const RunInfo seen = under(run, condition);
  const auto kind = review_kind_of(study, run);
  TRY(kind);
  const auto source = (*kind)->open(study, seen, asked.split);
  TRY(source);
  StressRequest request = asked;
  if (!request.baseline && (*source)->votes() != nullptr && !request.voters.empty())
    TRY(set_mcp_baseline(request, request.voters.front()));
  SeverityPoint point;
  point.condition = condition;
  const auto own = (*source)->decide(request.policy, request.voters);
  TRY(own);
  point.policy = stress_outcome(**own);
  if (request.baseline) {
    const auto beside = (*source)->decide(*request.baseline, baseline_deciders(request));
    TRY(beside);
    point.baseline = stress_outcome(**beside);
    compare_undetected((*own)->decisions, (*beside)->decisions, point);
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

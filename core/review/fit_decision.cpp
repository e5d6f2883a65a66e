#include "core/review/fit_decision.h"

#include <algorithm>

#include "core/review/decision_figures.h"
#include "core/study/decide_run.h"

namespace plumbline {

bool learns(const Policy& policy) {
  if (policy.traits().fitted) return true;
  const auto parameters = policy.kind().parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].type == ParameterType::policy && learns(policy.inner(i))) return true;
  return false;
}

Result<BoundPolicy> fit_decision(const OpenedRun& run, const Policy& policy,
                                 std::span<const std::size_t> voters, const std::string& fit_on) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  // Nothing is fitted under a condition.
  const RunInfo clean = under(run.info, View());
  const auto split = fit_on.empty() ? selection_split(*study, clean, run.split)
                                    : Result<std::optional<std::string>>(fit_on);
  TRY(split);
  if (!*split) {
    if (!learns(policy)) return bind(policy, {.classes = run.dataset.classes});
    return usage_error("the policy '" + std::string(policy.kind().name) +
                           "' learns from a split other than '" + run.split +
                           "', and there is none on which all voters of this run have predictions",
                       run.info.name,
                       "import or hold out a validation split of '" + run.dataset.name +
                           "' and run the same voters on it");
  }
  const auto held = open_run(run.folder, run.info.name, **split);
  TRY(held);
  const auto latencies = comparable_latencies(*study, clean, **split, voters);
  TRY(latencies);
  std::vector<Voter> named;
  for (const std::size_t voter : voters) named.push_back(run.info.voters[voter]);
  BindData data;
  data.voters = named;
  data.latency_ms = *latencies;
  data.classes = run.dataset.classes;
  return held->source->fit(policy, voters, data);
}

Result<std::vector<std::size_t>> voters_of(const StoredDecision& decision, const RunInfo& run) {
  std::vector<std::size_t> places;
  for (const Voter& voter : decision.voters) {
    const auto place = std::ranges::find(run.voters, voter);
    if (place == run.voters.end())
      return bad_input("the decision '" + decision.name + "' needs the voter " + to_string(voter) +
                           ", which this run does not have",
                       run.name, "open the run that it was made from: " + decision.run);
    places.push_back(static_cast<std::size_t>(place - run.voters.begin()));
  }
  return places;
}

}  // namespace plumbline

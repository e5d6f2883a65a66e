#include "app/engine/commands/decide_checks.h"

#include <utility>

#include "app/engine/commands/decide_parts.h"

namespace plumbline {

namespace {

/// What a search for voters has nothing to do with.
Result<void> check_search_options(const DecideOptions& options) {
  if (options.run.empty() || options.policy.empty())
    return usage_error("--subsets needs --run and --policy", "--subsets", "decide --help");
  const std::pair<const char*, bool> given[] = {{"--voters", !options.voters.empty()},
                                                {"--decision", !options.decision.empty()},
                                                {"--fit-on", !options.fit_on.empty()},
                                                {"--certify", !options.certify.empty()},
                                                {"--intervals", options.intervals},
                                                {"--costs", !options.costs.empty()},
                                                {"--cost-of", !options.changed_costs.empty()},
                                                {"--reject-cost", options.says_reject_cost},
                                                {"--front", options.front},
                                                {"--confusion", options.confusion},
                                                {"--reliability", options.reliability},
                                                {"--stages", options.stages},
                                                {"--sample", !options.sample.empty()},
                                                {"--condition", !options.condition.empty()},
                                                {"--conditions", !options.conditions.empty()},
                                                {"--damage", !options.damages.empty()},
                                                {"--drift-from", !options.drift_from.empty()},
                                                {"--save", !options.save.empty()},
                                                {"--replace", options.replace},
                                                {"--cost", options.cost != "latency"}};
  for (const auto& [option, is_given] : given)
    if (is_given)
      return usage_error("a search for voters chooses among all voters of the run", option,
                         "leave it out, then decide with the voters that were found");
  return {};
}

/// What is computed of voters without damage alone.
Result<void> check_damage_options(const DecideOptions& options) {
  if (options.damages.empty()) return {};
  if (asks_for_parts(options))
    return usage_error("confusion, reliability and stages are those of voters without damage",
                       "--damage", "leave out one of them");
  if (!options.costs.empty())
    return usage_error("harm is not computed for damaged voters", "--costs", "leave out --damage");
  if (options.front)
    return usage_error("a front is that of voters without damage", "--front", "leave out --damage");
  if (!options.conditions.empty())
    return usage_error("the lines of conditions are of voters without damage", "--conditions",
                       "leave out --damage, or show damaged voters under one by --condition");
  if (!options.drift_from.empty())
    return usage_error("damaged voters are compared with what they were, not with another split",
                       "--drift-from", "leave out --damage");
  return {};
}

}  // namespace

Result<void> check_decide_options(const DecideOptions& options) {
  if (options.study.empty() || (options.run.empty() && options.voters.empty()))
    return usage_error("STUDY and --run (or --voters of imported predictions) are needed", "decide",
                       "decide --help");
  if (options.subsets) return check_search_options(options);
  if (options.policy.empty() == options.decision.empty())
    return usage_error("either --policy or --decision is needed", "decide", "decide --help");
  if (options.select_on.empty() && !(options.rule.empty() && options.certify.empty()))
    return usage_error("--rule and --certify choose on a split that has to be named", "decide",
                       "add --select-on SPLIT");
  if (options.cost != "latency" && options.select_on.empty() && options.fit_on.empty())
    return usage_error("--cost has no effect, since nothing is chosen or fitted", "--cost",
                       "add --select-on SPLIT or --fit-on SPLIT");
  if (options.costs.empty() && !options.changed_costs.empty())
    return usage_error("costs are changed of a matrix that has to be named", "--cost-of",
                       "add --costs plain, in which every error costs 1");
  if (options.costs.empty() && options.says_reject_cost)
    return usage_error("a rejection costs something only where harm is counted", "--reject-cost",
                       "add --costs FILE, or --costs plain, in which every error costs 1");
  if (options.save.empty() && options.replace)
    return usage_error("nothing is saved that could replace a decision", "--replace",
                       "add --save NAME");
  TRY(check_damage_options(options));
  if (!options.drift_from.empty() && !options.select_on.empty())
    return usage_error("what is chosen drifts from where it was chosen", "--drift-from",
                       "leave it out: --select-on with --intervals says it");
  if (!options.decision.empty() && !(options.select_on.empty() && options.fit_on.empty()))
    return usage_error("a saved decision is applied unchanged", "--decision",
                       "leave out --select-on and --fit-on, or write the policy");
  // Without a run they name the imported predictions that the decision is applied to.
  if (!options.decision.empty() && !options.run.empty() && !options.voters.empty())
    return usage_error("a saved decision has voters of its own", "--voters",
                       "leave it out, or write the policy");
  return {};
}

}  // namespace plumbline

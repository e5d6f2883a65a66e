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
                                                {"--cost", options.cost != "latency"}};
  for (const auto& [option, is_given] : given)
    if (is_given)
      return usage_error("a search for voters chooses among all voters of the run", option,
                         "leave it out, then decide with the voters that were found");
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
  if (asks_for_parts(options) && !options.damages.empty())
    return usage_error("confusion, reliability and stages are those of voters without damage",
                       "--damage", "leave out one of them");
  if (!options.costs.empty() && !options.damages.empty())
    return usage_error("harm is not computed for damaged voters", "--costs", "leave out --damage");
  if (!options.drift_from.empty() && !options.select_on.empty())
    return usage_error("what is chosen drifts from where it was chosen", "--drift-from",
                       "leave it out: --select-on with --intervals says it");
  if (!options.drift_from.empty() && !options.damages.empty())
    return usage_error("damaged voters are compared with what they were, not with another split",
                       "--drift-from", "leave out --damage");
  if (!options.decision.empty() && !(options.select_on.empty() && options.fit_on.empty()))
    return usage_error("a saved decision is applied unchanged", "--decision",
                       "leave out --select-on and --fit-on, or write the policy");
  return {};
}

}  // namespace plumbline

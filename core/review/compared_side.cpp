#include "core/review/compared_side.h"

#include <utility>

#include <fmt/format.h>

#include "core/review/fit_decision.h"
#include "core/review/select_parameters.h"
#include "core/study/decide_run.h"

namespace plumbline {

namespace {

/// Policy and voters of a side, bound.
Result<void> choose_decision(const Study& study, const SideWords& words, SidePlace place,
                             ComparedSide& side) {
  const OpenedRun& run = side.run;
  if (!words.decision.empty()) {
    const auto decision = study.decision(words.decision);
    TRY(decision);
    TRY(check_suits(decision->policy.policy, run.kind->name));
    auto voters = voters_of(*decision, run.info);
    TRY(voters);
    side.policy = decision->policy;
    side.voters = std::move(*voters);
    return {};
  }
  const bool is_baseline =
      place == SidePlace::first && words.policy.empty() && !run.kind->baseline_policy.empty();
  const std::string policy = is_baseline            ? std::string(run.kind->baseline_policy)
                             : words.policy.empty() ? std::string(run.kind->first_policy)
                                                    : words.policy;
  auto written = is_baseline && words.voters.empty()
                     ? baseline_of(*run.kind, run.info)
                     : written_decision(*run.kind, run.info, policy, words.voters);
  TRY(written);
  if (!words.fit_on.empty())
    TRY(choose_split(study, run.info, words.fit_on,
                     place == SidePlace::first ? "--first-fit-on" : "--second-fit-on"));
  const bool is_fitted = learns(written->policy) || !words.fit_on.empty();
  auto bound = is_fitted ? fit_decision(run, written->policy, written->voters, words.fit_on)
                         : bind(written->policy, {.classes = run.dataset.classes});
  TRY(bound);
  side.policy = std::move(*bound);
  side.voters = std::move(written->voters);
  return {};
}

Result<void> decide_side(ComparedSide& side) {
  auto reviewed = side.run.source->decide(side.policy, side.voters);
  TRY(reviewed);
  side.reviewed = std::move(*reviewed);
  return {};
}

}  // namespace

bool is_comparable(const ReviewTable& table) {
  return !table.truth.empty() && !table.label.empty() && !table.verdict.empty();
}

Result<WrittenDecision> baseline_of(const ReviewKind& kind, const RunInfo& run) {
  if (kind.baseline_policy.empty())
    return written_decision(kind, run, std::string(kind.first_policy));
  auto policy = parse_policy(std::string(kind.baseline_policy), 1);
  TRY(policy);
  return WrittenDecision{std::move(*policy), {0}};
}

Result<WrittenDecision> written_decision(const ReviewKind& kind, const RunInfo& run,
                                         const std::string& policy, const std::string& voters) {
  auto chosen = choose_voters(run, voters);
  TRY(chosen);
  auto parsed = parse_policy(policy, chosen->size());
  TRY(parsed);
  if (voters.empty() && parsed->traits().asks_first_only) {
    *chosen = {0};
    *parsed = parsed->for_voters(1);
  }
  TRY(check_suits(*parsed, kind.name));
  return WrittenDecision{std::move(*parsed), std::move(*chosen)};
}

Result<ComparedSide> compared_side(const Study& study, const SideWords& words,
                                   const std::string& split, SidePlace place) {
  std::string named = split;
  if (!split.empty()) {
    const auto info = study.run(words.run);
    TRY(info);
    auto chosen = choose_split(study, *info, split);
    TRY(chosen);
    named = std::move(*chosen);
  }
  auto run = open_run(study, words.run, std::move(named));
  TRY(run);
  ComparedSide side;
  side.run = std::move(*run);
  TRY(choose_decision(study, words, place, side));
  TRY(decide_side(side));
  return side;
}

Result<void> meet_at_kept(ComparedSide& side, std::int64_t kept) {
  auto met = select_at_kept(side.run, side.voters, side.policy, kept);
  TRY(met);
  if (!*met)
    return usage_error(fmt::format("no threshold of the first side keeps {} correct labels", kept),
                       to_string(side.policy.policy));
  side.policy = std::move((*met)->policy);
  return decide_side(side);
}

Result<Comparison> compare_sides(const ComparedSide& first, const ComparedSide& second) {
  const OpenedRun &a = first.run, &b = second.run;
  if (a.dataset.id != b.dataset.id || a.split != b.split)
    return usage_error(fmt::format("these runs are on different images: {} {} and {} {}",
                                   a.dataset.name, a.split, b.dataset.name, b.split),
                       b.info.name);
  if (a.kind != b.kind)
    return usage_error(
        fmt::format("one of these runs is of {}, the other of {}", a.kind->name, b.kind->name),
        b.info.name);
  if (!is_comparable(first.reviewed->table) || !is_comparable(second.reviewed->table))
    return usage_error(
        fmt::format("runs of {} have no labels that could be compared", a.kind->name), b.info.name);
  return compare(first.reviewed->table, second.reviewed->table);
}

}  // namespace plumbline

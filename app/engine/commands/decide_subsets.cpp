#include "app/engine/commands/decide_subsets.h"

#include <unistd.h>

#include <chrono>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/stop_signal.h"
#include "core/review/decision_figures.h"
#include "core/review/opened_run.h"
#include "core/review/voter_search.h"
#include "core/study/decide_run.h"
#include "core/study/run_gaps.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// How far a search is: a line that is overwritten on a terminal, else one a second; and nothing of
/// a search that is done within a second.
class SearchProgress {
 public:
  ~SearchProgress() {
    if (said_ && on_terminal_) fmt::print(stderr, "\r\x1b[K");
  }

  void operator()(std::size_t done, std::size_t total) {
    const auto now = Clock::now();
    if (now - last_ < (on_terminal_ && said_ ? std::chrono::milliseconds(100) : pause)) return;
    last_ = now;
    said_ = true;
    fmt::print(stderr, "{}{} of {} choices of voters{}", on_terminal_ ? "\r\x1b[K" : "", done,
               total, on_terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds pause{1000};
  bool on_terminal_ = ::isatty(STDERR_FILENO) == 1, said_ = false;
  Clock::time_point last_ = Clock::now();
};

/// As `decide` takes it with the voters of the choice.
std::string policy_of(const VoterChoice& choice) {
  return to_string(choice.staged_cost ? staged_choice(choice).policy : choice.policy.policy);
}

ordered_json json_of_choice(const RunInfo& run, const VoterChoice& choice) {
  ordered_json json = {{"voters", ordered_json::array()}, {"policy", policy_of(choice)}};
  for (const std::size_t voter : choice.voters)
    json["voters"].push_back(to_string(run.voters[voter]));
  json["cost"] = choice.cost;
  json["staged_cost"] = choice.staged_cost ? ordered_json(*choice.staged_cost) : ordered_json();
  json["kept_correct"] = choice.shown.kept;
  json["undetected_mispredictions"] = choice.shown.undetected;
  json["on_selected"] = {{"kept_correct", choice.chosen.kept},
                         {"undetected_mispredictions", choice.chosen.undetected}};
  return json;
}

ordered_json json_of_search(const OpenedRun& shown, const VoterSearch& search) {
  ordered_json json = {
      {"split", shown.split},
      {"selected_on", search.split},
      {"selected_on_shown_split", search.split == shown.split},
      {"rule", to_string(search.rule)},
      {"tried", search.tried},
      {"exhaustive", search.exhaustive},
      {"cost_unit", search.timed ? "latency of " + to_string(shown.info.voters.front())
                                 : std::string("voters per sample")},
      {"front", ordered_json::array()},
      {"others", ordered_json::array()}};
  for (const VoterChoice& choice : search.choices)
    json[choice.on_front ? "front" : "others"].push_back(json_of_choice(shown.info, choice));
  return json;
}

void print_search(const OpenedRun& shown, const VoterSearch& search) {
  fmt::print("{}{} choices of {} voters, by {} on {}{}\n", search.exhaustive ? "all " : "",
             search.tried, shown.info.voters.size(), to_string(search.rule),
             visible_text(search.split),
             search.split == shown.split
                 ? ", the split that is shown: the best of many is better here than elsewhere"
                 : "");
  fmt::print("{:>9} {:>9} {:>10} {:>8} {:>10}\n", search.timed ? "×" : "voters", "staged",
             "undetected", "kept", "(selected)");
  for (const VoterChoice& choice : search.choices) {
    if (!choice.on_front) continue;
    fmt::print("{:>9.3f} {:>9} {:>10} {:>8} {:>10}  {}\n", choice.cost,
               choice.staged_cost ? fmt::format("{:.3f}", *choice.staged_cost) : "–",
               choice.shown.undetected, choice.shown.kept, choice.chosen.undetected,
               visible_text(voter_names(shown.info, choice.voters)));
    fmt::print("{:50}  {}\n", "", policy_of(choice));
  }
  if (search.choices.empty()) fmt::print("no choice of voters satisfies the rule\n");
  fmt::print("cost: {}\n",
             search.timed ? "multiples of the latency of " +
                                visible_text(to_string(shown.info.voters.front()))
                          : std::string("voters asked per sample, since not all were timed alike"));
}

}  // namespace

Result<void> search_subsets_of(const DecideOptions& options) {
  const auto study = Study::open(options.study, Access::read_only);
  TRY(study);
  const auto run = find_run(*study, options.run);
  TRY(run);
  const auto split = choose_split(*study, *run, options.split);
  TRY(split);
  const auto policy = parse_policy(options.policy, run->voters.size());
  TRY(policy);
  auto rule = parse_selection_rule(options.rule.empty() ? "kept>=baseline" : options.rule);
  TRY(rule);
  const auto shown = open_run(options.study, run->name, *split);
  TRY(shown);
  std::string where = *split;
  if (!options.select_on.empty()) {
    const auto named = choose_split(*study, *run, options.select_on, "--select-on");
    TRY(named);
    where = *named;
  } else {
    const auto other = selection_split(*study, *run, *split);
    TRY(other);
    where = other->value_or(*split);
  }
  const auto held = open_run(options.study, run->name, where);
  TRY(held);
  std::vector<std::size_t> all(run->voters.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto times = comparable_times(*study, *run, *split, all);
  TRY(times);
  const StopSignal stop;
  SearchProgress progress;
  const auto found = search_voters(*held, *shown, *policy, *rule, *times,
                                   [&](std::size_t done, std::size_t total) {
                                     progress(done, total);
                                     return !stop.asked();
                                   });
  TRY(found);
  if (options.json)
    fmt::print("{}\n", json_of_search(*shown, *found).dump());
  else
    print_search(*shown, *found);
  return {};
}

}  // namespace plumbline

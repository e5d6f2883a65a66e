#include "app/engine/commands/resumed_words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ranges>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/Option.hpp>

#include "core/jobs/job_folder.h"
#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 9> free_to_differ = {
    "--config",  "--text",   "--words",  "--architecture", "--from",
    "--teacher", "--device", "--random", "--free"};
/// Those of now are searched for, whichever were before.
constexpr std::array<std::string_view, 3> target_options = {"--target", "--target-ms",
                                                            "--target-energy"};
constexpr std::array<std::string_view, 6> of_this_time = {"--json", "--events", "--quiet",
                                                          "--job",  "--resume", "--name"};

/// A job with a name among its words: the work that it was begun for.
struct BegunWork {
  std::string name;
  std::vector<std::string> words;
  bool complete = false;
};

/// Whether the option takes no value.
bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

using OptionWords = std::vector<std::pair<CLI::Option*, std::vector<std::string>>>;

/// What a command line says of each option of the command, in its order. Words that are no option
/// of it (a later version's, say) are left out.
OptionWords options_in(CLI::App& command, const std::vector<std::string>& words) {
  OptionWords found;
  const auto values_of = [&](CLI::Option* option) -> std::vector<std::string>& {
    const auto known = std::ranges::find(found, option, &OptionWords::value_type::first);
    if (known != found.end()) return known->second;
    return found.emplace_back(option, std::vector<std::string>()).second;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("-")) continue;
    const auto equals = word.find('=');
    CLI::Option* option = command.get_option_no_throw(word.substr(0, equals));
    if (option == nullptr) continue;
    if (is_flag(*option))
      values_of(option).emplace_back("true");
    else if (equals != std::string::npos)
      values_of(option).push_back(word.substr(equals + 1));
    else if (i + 1 < words.size())
      values_of(option).push_back(words[++i]);
  }
  return found;
}

/// Latest first.
std::vector<BegunWork> begun_works(CLI::App& command, const std::vector<std::string>& kinds,
                                   const std::filesystem::path& study) {
  std::vector<BegunWork> works;
  CLI::Option* name_option = command.get_option_no_throw("--name");
  const auto jobs = jobs_of(study);
  for (const JobFolder& job : jobs | std::views::reverse) {
    if (std::ranges::find(kinds, job.kind()) == kinds.end() || job.state() == JobState::queued)
      continue;
    // A job that was refused began nothing.
    if (job.log().failure && job.log().failure->code == "usage") continue;
    const auto options = options_in(command, job.command());
    const auto named = std::ranges::find(options, name_option, &OptionWords::value_type::first);
    if (named == options.end()) continue;
    works.push_back({named->second.back(), job.command(), job.state() == JobState::finished});
  }
  return works;
}

/// The name of the only work of which something is kept and whose last job did not come to its end;
/// empty: there is none.
Result<std::string> only_incomplete(const std::vector<BegunWork>& works, const ResumedWork& resumed,
                                    const std::string& study) {
  std::set<std::string> seen;
  std::vector<std::string> incomplete;
  for (const BegunWork& work : works)
    if (seen.insert(work.name).second && !work.complete && resumed.is_kept(study, work.name))
      incomplete.push_back(work.name);
  if (incomplete.size() > 1)
    return usage_error(fmt::format("several are incomplete: {}", fmt::join(incomplete, ", ")),
                       "--name", "name the one to go on with");
  return incomplete.empty() ? std::string() : incomplete.front();
}

bool is_among(const CLI::Option& option, std::span<const std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view name) { return option.check_name(std::string(name)); });
}

/// "600" and "6e2" are the same.
bool says_the_same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto x = parse_number(a), y = parse_number(b);
  return x && y && *x == *y;
}

}  // namespace

Result<void> take_words_of_start(CLI::App& command, const ResumedWork& work,
                                 const std::string& study, std::string& name,
                                 std::vector<std::string>& words) {
  const auto begun = begun_works(command, work.kinds, study);
  const auto is_given = [](const CLI::Option* option) {
    return option->count() > 0 && !option->get_positional() && !is_among(*option, of_this_time);
  };
  const auto options = std::as_const(command).get_options();
  const bool alone = std::ranges::none_of(options, is_given);
  if (name.empty()) {
    auto only = only_incomplete(begun, work, study);
    TRY(only);
    if (only->empty()) return {};
    name = std::move(*only);
    words.insert(words.end(), {"--name", name});
  }
  const auto first = std::ranges::find(begun, name, &BegunWork::name);
  if (first == begun.end() || (!alone && !work.is_kept(study, name))) return {};
  const bool other_targets = std::ranges::any_of(options, [&](const CLI::Option* option) {
    return is_given(option) && is_among(*option, target_options);
  });
  // Said, since a study may come from elsewhere and its words name files that are read here.
  std::string taken;
  for (auto& [option, values] : options_in(command, first->words)) {
    if (is_among(*option, of_this_time)) continue;
    for (const char* network : {"--from", "--teacher"})
      if (work.network_now && option->check_name(network))
        if (auto now = work.network_now(study, name, network, values.back()))
          values = {std::move(*now)};
    const std::string shown = "--" + option->get_lnames().front();
    if (option->count() > 0) {
      const std::string &given = option->results().back(), &then = values.back();
      if (is_flag(*option) || is_among(*option, target_options) ||
          is_among(*option, free_to_differ) || says_the_same(given, then))
        continue;
      return usage_error(fmt::format("'{}' was begun with {}, not {}", name, then, given), shown,
                         "leave it out, or begin another one with another --name");
    }
    if (other_targets && is_among(*option, target_options)) continue;
    for (const std::string& value : values) {
      option->add_result(value);
      words.push_back(shown);
      taken += " " + shown;
      if (!is_flag(*option)) {
        words.push_back(value);
        taken += " " + value;
      }
    }
    option->run_callback();
  }
  const CLI::Option* quiet = command.get_option_no_throw("--quiet");
  if (!taken.empty() && (quiet == nullptr || quiet->count() == 0))
    fmt::print(stderr, "Going on as it was begun:{}\n", visible_text(taken));
  return {};
}

}  // namespace plumbline

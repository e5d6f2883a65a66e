#include "core/engine/ranks/rank_environment.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr int most_ranks = 1 << 16, most_port = 65535;

/// Steps of Slurm that are none: those of batch scripts and allocations have numbers at the upper
/// end of 32 bits.
constexpr std::int64_t first_special_step = 0xffff'fff0;

/// The ports from which Slurm's jobs take theirs: below those that systems give out by themselves.
constexpr int first_slurm_port = 15'000, slurm_ports = 10'000;

/// Reads numbers, and keeps the first thing that is wrong.
class NumbersOfEnvironment {
 public:
  explicit NumbersOfEnvironment(const ReadVariable& read) : read_(read) {}

  bool has(const char* name) const { return read_(name).has_value(); }
  std::string text(const char* name) const { return read_(name).value_or(std::string()); }

  std::optional<int> find(const char* name, int least, int most) {
    const auto value = read_(name);
    if (!value) return {};
    const auto number = parse_integer(*value);
    if (number && *number >= least && *number <= most) return static_cast<int>(*number);
    say(name, fmt::format("'{}' is not a whole number from {} to {}", *value, least, most));
    return least;
  }
  int need(const char* name, int least, int most, std::string_view beside) {
    if (const auto value = find(name, least, most)) return *value;
    say(name, fmt::format("it is not set, although {} is", beside));
    return least;
  }
  void say(const char* name, std::string message) {
    if (!error_)
      error_ = Error{ErrorKind::usage, std::move(message), name,
                     "start the ranks by torchrun --no-python or srun, or one process without "
                     "these variables"};
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  const ReadVariable& read_;
  std::optional<Error> error_;
};

void check_numbers(const RankEnvironment& ranks, NumbersOfEnvironment& numbers, const char* rank,
                   const char* world, const char* local_rank) {
  if (ranks.rank >= ranks.world)
    numbers.say(rank, fmt::format("rank {} of {} ranks ({}): ranks count from 0", ranks.rank,
                                  ranks.world, world));
  else if (ranks.local_world > ranks.world)
    numbers.say(world, fmt::format("there are {} ranks in all, and {} on this machine", ranks.world,
                                   ranks.local_world));
  else if (ranks.local_rank >= ranks.local_world)
    numbers.say(local_rank, fmt::format("local rank {} of {} on this machine: ranks count from 0",
                                        ranks.local_rank, ranks.local_world));
}

RankEnvironment of_torchrun(NumbersOfEnvironment& numbers) {
  RankEnvironment ranks;
  ranks.world = numbers.need("WORLD_SIZE", 1, most_ranks, "RANK");
  ranks.rank = numbers.need("RANK", 0, most_ranks, "WORLD_SIZE");
  const auto local_rank = numbers.find("LOCAL_RANK", 0, most_ranks);
  const auto local_world = numbers.find("LOCAL_WORLD_SIZE", 1, most_ranks);
  // Without a word of machines all ranks are on this one, unless their numbers say otherwise.
  ranks.local_rank = local_rank.value_or(ranks.rank);
  ranks.local_world = local_world.value_or(std::max(ranks.world, ranks.local_rank + 1));
  check_numbers(ranks, numbers, "RANK", "WORLD_SIZE", "LOCAL_RANK");
  const bool elastic = numbers.has("TORCHELASTIC_RUN_ID");
  ranks.launcher = elastic ? "torchrun" : "";
  ranks.store_is_hosted = numbers.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
  if (const auto attempt = numbers.find("TORCHELASTIC_RESTART_COUNT", 0, 1 << 30))
    ranks.attempt = std::to_string(*attempt);
  if (!ranks.several()) return ranks;
  ranks.address = numbers.text("MASTER_ADDR");
  if (ranks.address.empty())
    numbers.say("MASTER_ADDR",
                fmt::format("it is not set, although WORLD_SIZE is {}", ranks.world));
  ranks.port = numbers.need("MASTER_PORT", 1, most_port, "WORLD_SIZE");
  return ranks;
}

/// "node[03-07,9],other" begins with "node03".
std::string first_machine(std::string_view list) {
  const auto end = list.find_first_of(",[");
  std::string name(list.substr(0, end));
  if (end != list.npos && list[end] == '[') {
    const std::string_view numbers = list.substr(end + 1);
    const auto digits = numbers.find_first_not_of("0123456789");
    name += numbers.substr(0, digits);
    const auto close = numbers.find(']');
    const auto after = close == numbers.npos ? std::string_view() : numbers.substr(close + 1);
    name += after.substr(0, after.find(','));
  }
  return name;
}

bool is_step(NumbersOfEnvironment& numbers) {
  const auto step = parse_integer(numbers.text("SLURM_STEP_ID"));
  return step && *step >= 0 && *step < first_special_step;
}

/// The tasks of this machine; nothing where Slurm does not say.
std::optional<int> tasks_here(NumbersOfEnvironment& numbers) {
  const char* name = "SLURM_STEP_TASKS_PER_NODE";
  // The job's list is the step's where the step has no numbers of its own.
  if (!numbers.has(name) && !numbers.has("SLURM_STEP_NUM_TASKS")) name = "SLURM_TASKS_PER_NODE";
  if (!numbers.has(name)) return std::nullopt;
  const std::string list = numbers.text(name);
  // Where all machines have the same number, any of them tells.
  const bool all_alike = list.find(',') == list.npos;
  const int machine = all_alike ? 0 : numbers.need("SLURM_NODEID", 0, most_ranks, name);
  const auto tasks = tasks_of_machine(list, machine);
  if (!tasks)
    numbers.say(
        name,
        fmt::format("'{}' does not say how many tasks machine {} has, as for example 2(x3),1 does",
                    list, machine));
  return tasks;
}

RankEnvironment of_slurm(NumbersOfEnvironment& numbers) {
  RankEnvironment ranks;
  // A step may have fewer tasks than its job; its own number is what was started.
  const char* world = numbers.has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS";
  ranks.world = numbers.find(world, 1, most_ranks).value_or(1);
  if (!ranks.several()) return ranks;
  ranks.launcher = "srun";
  ranks.rank = numbers.need("SLURM_PROCID", 0, most_ranks, world);
  ranks.local_rank = numbers.need("SLURM_LOCALID", 0, most_ranks, world);
  const bool one_machine = numbers.text("SLURM_STEP_NUM_NODES") == "1";
  ranks.local_world =
      one_machine ? ranks.world : tasks_here(numbers).value_or(ranks.local_rank + 1);
  check_numbers(ranks, numbers, "SLURM_PROCID", world, "SLURM_LOCALID");
  ranks.address = numbers.text("MASTER_ADDR");
  if (ranks.address.empty())
    ranks.address = one_machine ? "127.0.0.1" : first_machine(numbers.text("SLURM_STEP_NODELIST"));
  if (ranks.address.empty())
    numbers.say("MASTER_ADDR", "neither it nor SLURM_STEP_NODELIST says where the ranks meet");
  const auto job = parse_integer(numbers.text("SLURM_JOB_ID")).value_or(0);
  const auto step = parse_integer(numbers.text("SLURM_STEP_ID")).value_or(0);
  ranks.port = numbers.find("MASTER_PORT", 1, most_port)
                   .value_or(first_slurm_port +
                             static_cast<int>((std::max<std::int64_t>(job, 0) % slurm_ports +
                                               step % slurm_ports) %
                                              slurm_ports));
  return ranks;
}

}  // namespace

std::optional<int> tasks_of_machine(std::string_view list, std::int64_t machine) {
  std::optional<int> found;
  for (std::int64_t first = 0;;) {
    const auto comma = list.find(',');
    std::string_view tasks = list.substr(0, comma);
    std::int64_t machines = 1;
    if (const auto open = tasks.find("(x"); open != tasks.npos) {
      if (!tasks.ends_with(')')) return std::nullopt;
      const auto times = parse_integer(tasks.substr(open + 2, tasks.size() - open - 3));
      if (!times || *times < 1 || *times > most_ranks) return std::nullopt;
      machines = *times;
      tasks = tasks.substr(0, open);
    }
    const auto number = parse_integer(tasks);
    if (!number || *number < 1 || *number > most_ranks) return std::nullopt;
    if (machine >= first && machine < first + machines) found = static_cast<int>(*number);
    first += machines;
    if (comma == list.npos) return found;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::string> read_variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

Result<RankEnvironment> rank_environment(const ReadVariable& read) {
  NumbersOfEnvironment numbers(read);
  RankEnvironment ranks;
  // torchrun may itself have been started by srun, once a machine: its word is the last.
  if (numbers.has("RANK") || numbers.has("WORLD_SIZE"))
    ranks = of_torchrun(numbers);
  else if (is_step(numbers))
    ranks = of_slurm(numbers);
  if (numbers.error()) return tl::unexpected(*numbers.error());
  return ranks;
}

Result<void> check_one_rank(const std::string& command, const ReadVariable& read) {
  const auto ranks = rank_environment(read);
  TRY(ranks);
  if (!ranks->several()) return {};
  return usage_error(
      fmt::format("it is the work of a single process, but {} were started{}", ranks->world,
                  ranks->launcher.empty() ? "" : " by " + ranks->launcher),
      command, "start it once, without torchrun or srun -n");
}

}  // namespace plumbline

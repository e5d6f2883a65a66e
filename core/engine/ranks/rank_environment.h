#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/types/error.h"

/// Who this process is among those that were started together. No LibTorch here: the program asks
/// before it loads any.
namespace plumbline {

/// One process of several that do one piece of work, as torchrun and srun start them: a rank.
struct RankEnvironment {
  int rank = 0, world = 1;              ///< this one's number, from 0; how many there are
  int local_rank = 0, local_world = 1;  ///< the same on this machine
  std::string address;                  ///< where the ranks meet; empty with one rank
  int port = 0;
  std::string launcher;          ///< "torchrun", "srun", or empty where nobody says so
  bool store_is_hosted = false;  ///< the launcher holds the store that they meet at, else rank 0
  std::string attempt = "0";     ///< torchrun may start its ranks again, at the same store

  bool several() const { return world > 1; }
};

/// The value of a variable of the environment, or nothing.
using ReadVariable = std::function<std::optional<std::string>(const char* name)>;
std::optional<std::string> read_variable(const char* name);

/// What torchrun says (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT),
/// else what a step of Slurm does (SLURM_PROCID, SLURM_STEP_NUM_TASKS or SLURM_NTASKS,
/// SLURM_LOCALID, and of this machine's tasks SLURM_STEP_TASKS_PER_NODE or SLURM_TASKS_PER_NODE
/// with SLURM_NODEID); where neither speaks of several, one rank. A batch script of Slurm that
/// starts the program without srun is one rank, for however many tasks it was given room. A step
/// without MASTER_ADDR and MASTER_PORT meets on its first machine, at a port that follows from the
/// job's number. Errors (usage) name the variable that is absent, is no number, or contradicts
/// another.
Result<RankEnvironment> rank_environment(const ReadVariable& read = read_variable);

/// The tasks of a machine, counted from 0, in Slurm's list: "2(x3),1" are two on each of three
/// machines and one on a fourth. Nothing where the list is malformed or has no such machine.
std::optional<int> tasks_of_machine(std::string_view list, std::int64_t machine);

/// Errors (usage) where there are several ranks: `command` is the work of one process.
Result<void> check_one_rank(const std::string& command, const ReadVariable& read = read_variable);

}  // namespace plumbline

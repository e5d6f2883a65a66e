#pragma once
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "core/engine/ranks/rank_store.h"
#include "core/engine/sums/rank_sum.h"
#include "core/jobs/job.h"

namespace plumbline {

/// The ranks that train one network: one process, or several that torchrun or srun started, each
/// with a GPU of its own. Rank 0 alone writes: study, checkpoints, events, what is printed. All
/// read the same study, text and checkpoint.
class TrainingRanks {
 public:
  /// Who this process is; meets the others where there are several. To be called first, while the
  /// process has one thread and no device is in use. `device` is what was asked for. Errors: of the
  /// environment and the store; (device) several ranks without a GPU each, or without NCCL.
  static Result<TrainingRanks> meet(const std::string& device);
  TrainingRanks(TrainingRanks&&) noexcept;
  TrainingRanks& operator=(TrainingRanks&&) noexcept;
  ~TrainingRanks();

  int rank() const;
  int count() const;
  bool several() const { return count() > 1; }
  bool first() const { return rank() == 0; }

  /// The device to be used, in the words of --device: that which was asked for, of several ranks
  /// the GPU of this one.
  const std::string& device() const;

  /// What rank 0 says, which waits for nobody; the others wait for it. One process says it to
  /// itself.
  Result<std::string> of_first(const std::string& key, const std::string& word);

  /// Does this rank's work as its job, and says to the others how it ended: rank 0's is the job
  /// that was asked for, of the others nothing is seen, and signals alone stop them.
  Result<nlohmann::ordered_json> run_job(
      const JobOptions& options, const std::function<Result<nlohmann::ordered_json>(Job&)>& work);

  /// Joins the others by NCCL, on the device that device() names. From now on the process ends by
  /// itself, with the error as the job's last word, where another rank is lost while this one waits
  /// for it.
  Result<void> join(Job& job);
  /// Null for one process, and before join.
  RankSum* sum() const;

  /// The last word to the others: with an error this rank gives up, unless all agreed to stop
  /// (`agreed_to_stop`); else it leaves, rank 0 last. Returns the outcome, in whose error
  /// another rank than 0 names itself.
  template <class T>
  Result<T> ended(Result<T> outcome) {
    end(outcome ? nullptr : &outcome.error());
    return outcome;
  }
  /// All ranks stop after the same step: a cancellation that follows is no trouble to the others.
  void agreed_to_stop();

 private:
  struct State;
  explicit TrainingRanks(std::unique_ptr<State> state);
  void end(Error* error);
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

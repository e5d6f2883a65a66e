#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/shard_computer.h"
#include "core/engine/ranks/rank_store.h"
#include "core/jobs/job.h"
#include "core/study/study.h"

namespace plumbline {

/// What a rank says when its share is computed.
struct RankReport {
  std::int64_t files = 0;  ///< that its manifest names
  std::string device;
  double seconds = 0;             ///< that it computed
  std::optional<Error> left_out;  ///< voters that could not run
  DecodingCounts decoded = {};    ///< of its share
};

/// A run that several ranks compute. Rank 0 leads: it alone opens the study's database, plans, and
/// hands the others a snapshot of it; they open that, compute their share of what is missing, and
/// write files and a manifest, which rank 0 merges when all have reported.
class RunRanks {
 public:
  explicit RunRanks(std::shared_ptr<RankStore> store);
  ~RunRanks();

  bool leads() const { return store_->ranks().rank == 0; }
  const RankEnvironment& ranks() const { return store_->ranks(); }
  /// This rank's share of what a split lacks.
  std::vector<ShardRange> share(const std::vector<ShardRange>& missing, int batch) const;
  /// Why the ranks cannot go on together.
  std::optional<Error> trouble() const { return store_->trouble(); }

  // --- rank 0

  /// Hands out the study as it is now; the others begin. `database`: nothing where the run is
  /// complete, so that they have nothing to do.
  Result<void> publish(const Study& study, const std::string& run);
  static Result<void> publish_complete(RankStore& store);
  /// Pauses the others with the job.
  void pause_with(Job& job);
  /// Predictions that the others have dealt with so far, asked of the store twice a second.
  std::int64_t done_by_others();
  /// Waits for the reports of all others, by rank from 1. `tick` is called now and then; true:
  /// stop.
  Result<std::vector<RankReport>> collect(const std::function<bool()>& tick);

  // --- the others

  /// The snapshot's file, once rank 0 has handed it out; nothing where the run is complete. To be
  /// called before the process is confined. Errors: what rank 0 gave up for.
  static Result<std::optional<std::filesystem::path>> await_database(
      RankStore& store, const std::filesystem::path& study);
  /// Counts predictions that were dealt with.
  void add_done(std::int64_t predictions);
  /// What rank 0 wants: asked of the store twice a second.
  JobRelay::Word control();
  Result<void> report(const RankReport& report);

 private:
  using Clock = std::chrono::steady_clock;
  bool is_due(Clock::time_point& last) const;

  std::shared_ptr<RankStore> store_;
  std::filesystem::path snapshot_;  ///< that rank 0 made
  std::int64_t not_said_ = 0, others_ = 0;
  bool paused_ = false;
  Clock::time_point last_done_{}, last_control_{};
};

/// Waits until the manifests of the other ranks hold all files that they reported: a network's file
/// system may show them late. Errors name the rank whose files do not come.
Result<void> await_manifests(const std::filesystem::path& study, const std::string& run,
                             const std::vector<RankReport>& reports);

}  // namespace plumbline

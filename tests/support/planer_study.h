#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/jobs/file_lock.h"
#include "core/study/study.h"

namespace plumbline::test {

/// SYNTHETIC: a study as a search leaves it, through the public interface of Study. The figures are
/// drawn up to be plausible for a Transformer-XL of 41 M parameters on a GPU; nothing was measured
/// or trained, and none of them is a reference value.
///
/// Network "base" (enwik8-base, 12 × 512), latency tables for batch 1, 4, 16 and 32, search "s2" at
/// batch 1 (done, one network) and "s3" at batch 16 with increments, three networks (0.8, 0.7, 0.6)
/// and the path of 0.6.
class PlanerStudy {
 public:
  struct Parts {
    bool network = true, tables = true, searches = true;
  };
  static PlanerStudy make(const std::filesystem::path& folder, Parts parts);
  static PlanerStudy make(const std::filesystem::path& folder) { return make(folder, Parts()); }

  /// A job that searches for 0.5 in "s3": its lock is held while this object lives, its events are
  /// `steps` of a course that ends near the target. Returns its id.
  std::string start_search(int steps = 180);
  /// Jobs that wait for their turn.
  void queue(const std::vector<double>& targets);
  /// Appends a line to the running job's events, as the engine does.
  void append(const std::string& lines);
  /// The line of a step, t seconds from the start.
  static std::string point(double t, std::int64_t step, double latency_ms, double loss,
                           const std::vector<std::vector<float>>& probabilities = {});
  /// Batch 16 as another sitting measures it, in which everything took `times` as long: the table
  /// and the path of 0.6. Costs are of whole nanoseconds, as a front counts them.
  void measure_table_again(double times);
  void end_search() { lock_.reset(); }

  static BackboneConfig config();
  static StepKey key(std::int64_t batch = 16);
  static LatencyTable table(std::int64_t batch = 16);
  static LossIncrements increments();
  static TextReference text();
  /// Rows that are nearly decided for this architecture: `sure` is its options' probability.
  static std::vector<std::vector<float>> probabilities(const Architecture& architecture,
                                                       float sure);

  Study study;

 private:
  explicit PlanerStudy(Study opened) : study(std::move(opened)) {}
  std::filesystem::path job_;
  std::optional<FileLock> lock_;
};

}  // namespace plumbline::test

#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/safetensors.h"
#include "core/types/class_index.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// Samples in one prediction file: file k of a split holds [k · 2048, (k + 1) · 2048), the last one
/// what is left. Fixed, so that the files of different jobs cover the same ranges.
inline constexpr std::int64_t shard_samples = 2048;

/// Up to this many classes all log-probabilities are stored as float32, up to the next as float16,
/// beyond only the top ones, as float16 (DESIGN 2).
inline constexpr int float32_classes = 128;
inline constexpr int float16_classes = 1000;
inline constexpr int top_classes = 64;

/// One range of samples for some voters; arrays are voters × count (× classes), row-major.
struct ShardContent {
  std::int64_t first = 0, count = 0;
  int classes = 0;
  std::vector<Voter> voters;
  std::vector<std::int32_t> predicted;  ///< −1: no output for this sample
  std::vector<float> confidence;        ///< of the predicted class; 0 where there is none
  std::vector<float> log_prob_label;    ///< natural logarithm; NaN where no label or no output
  std::vector<float> log_probs;         ///< of all classes
};

/// Resizes the arrays to the voters, count and classes that are set.
void allocate(ShardContent& content);

/// Writes a safetensors file, atomically. Equal content gives equal bytes.
Result<void> write_prediction_file(const std::filesystem::path& file, const ShardContent& content);

/// A prediction file, memory-mapped and checked.
class PredictionFile {
 public:
  /// Errors name the file: missing, truncated, of another range or with fewer rows than expected.
  static Result<PredictionFile> open(const std::filesystem::path& file, std::int64_t first,
                                     std::int64_t count);

  int rows() const { return rows_; }
  int classes() const { return classes_; }
  std::int64_t count() const { return count_; }
  std::span<const std::int32_t> predicted(int row) const;
  std::span<const float> confidence(int row) const;
  std::span<const float> log_prob_label(int row) const;
  /// All classes' log-probabilities of samples [begin, end) of the file into `out`, rows of `width`
  /// values (at least classes()); what is not stored is −inf.
  void log_probs(int row, std::int64_t begin, std::int64_t end, int width, float* out) const;

 private:
  explicit PredictionFile(SafetensorsFile file) : file_(std::move(file)) {}
  SafetensorsFile file_;
  std::int64_t count_ = 0;
  int rows_ = 0, classes_ = 0;
};

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/predictions/prediction_schema.h"

namespace plumbline {

/// Left, top, right, bottom, in pixels of the source image; not before 0, right ≥ left, bottom ≥
/// top.
struct PredictedBox {
  float left = 0, top = 0, right = 0, bottom = 0;
  friend bool operator==(const PredictedBox&, const PredictedBox&) = default;
};
static_assert(sizeof(PredictedBox) == 4 * sizeof(float));

/// Boxes of objects: one range of samples for some voters, as many boxes a sample as there are.
struct BoxPredictions {
  std::int64_t first = 0, count = 0;
  int classes = 0;
  std::vector<Voter> voters;
  /// voters · count + 1 places: the boxes of row r, sample i are [offsets[r · count + i], the
  /// next).
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::uint8_t> known;  ///< voters × count; 0: no output for this sample
  std::vector<PredictedBox> boxes;
  std::vector<float> scores;         ///< 0 to 1
  std::vector<std::int32_t> labels;  ///< 0 to classes − 1
};

/// Closes one sample's boxes, which were appended before; row by row, sample by sample.
void end_sample(BoxPredictions& predictions, bool known);

/// The file of these predictions: "offsets" (int64), "known" (uint8), "boxes" (float32, n × 4),
/// "scores" (float32), "labels" (int32). The fact "classes" is their number. The draft refers to
/// the predictions.
PredictionDraft draft_of(const BoxPredictions& predictions);

const PredictionSchema& box_schema();

/// A file of boxes, memory-mapped and checked.
class BoxPredictionFile {
 public:
  /// Errors name the file: missing, truncated, of another kind or range, offsets that do not rise.
  static Result<BoxPredictionFile> open(const std::filesystem::path& file, std::int64_t first,
                                        std::int64_t count);

  /// One voter's boxes on one sample.
  struct Sample {
    bool known = false;
    std::span<const PredictedBox> boxes;
    std::span<const float> scores;
    std::span<const std::int32_t> labels;
  };
  int rows() const { return rows_; }
  int classes() const { return classes_; }
  std::int64_t count() const { return file_.envelope.count; }
  Sample sample(int row, std::int64_t sample) const;

 private:
  explicit BoxPredictionFile(PredictionFile file) : file_(std::move(file)) {}
  PredictionFile file_;
  // Within the mapping, which stays where it is.
  std::span<const std::int64_t> offsets_;
  std::span<const std::uint8_t> known_;
  std::span<const PredictedBox> boxes_;
  std::span<const float> scores_;
  std::span<const std::int32_t> labels_;
  int rows_ = 0, classes_ = 0;
};

}  // namespace plumbline

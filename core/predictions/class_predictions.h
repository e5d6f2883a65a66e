#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/predictions/further_classes.h"
#include "core/predictions/prediction_schema.h"
#include "core/types/class_index.h"

namespace plumbline {

/// Up to this many classes all log-probabilities are stored as float32, up to the next as float16,
/// beyond only the top ones, as float16 (DESIGN 2).
inline constexpr int float32_classes = 128;
inline constexpr int float16_classes = 1000;
inline constexpr int top_classes = 64;

/// Distributions over classes: one range of samples for some voters; arrays are voters × count
/// (× classes), row-major.
struct ClassPredictions {
  std::int64_t first = 0, count = 0;
  int classes = 0;
  std::vector<Voter> voters;
  std::vector<std::int32_t> predicted;  ///< −1: no output for this sample
  std::vector<float> confidence;        ///< of the predicted class; 0 where there is none
  std::vector<float> log_prob_label;    ///< natural logarithm; NaN where no label or no output
  std::vector<float> log_probs;         ///< of all classes
  /// Of all classes, in place of `log_probs`, where probabilities are what was given: they are kept
  /// as they were, since a logarithm and an exponential would move them. Else empty.
  std::vector<double> probabilities;
  /// Names of the last of the classes, which the data set does not have; empty where it has them
  /// all, or where they have no names.
  FurtherClasses further = {};
};

/// Resizes the arrays to the voters, count and classes that are set.
void allocate(ClassPredictions& predictions);

/// The file of these predictions: "class" (int32), "confidence", "log_prob_label" (float32), and
/// "log_probs", or beyond float16_classes "top_classes" (int32) and "top_log_probs". Given
/// probabilities are "probabilities" or "top_probabilities", float32 where that holds them all and
/// else float64; such a file is of version 2. The fact "classes" is their number, "further_classes"
/// a list of the names of further ones, where there are any. The draft refers to the predictions.
PredictionDraft draft_of(const ClassPredictions& predictions);

/// draft_of and write_predictions.
Result<void> write_class_predictions(const std::filesystem::path& file,
                                     const ClassPredictions& predictions);

const PredictionSchema& class_schema();

/// A file of classes, memory-mapped and checked.
class ClassPredictionFile {
 public:
  /// Errors name the file: missing, truncated, of another kind or range.
  static Result<ClassPredictionFile> open(const std::filesystem::path& file, std::int64_t first,
                                          std::int64_t count);

  int rows() const { return rows_; }
  int classes() const { return classes_; }
  /// Those behind the data set's, by name: the last ones of classes().
  const FurtherClasses& further() const { return further_; }
  std::int64_t count() const { return file_.envelope.count; }
  std::span<const std::int32_t> predicted(int row) const;
  std::span<const float> confidence(int row) const;
  std::span<const float> log_prob_label(int row) const;
  /// The confidence of a sample of a row, in double where it was given so.
  double given_confidence(int row, std::int64_t sample) const;
  /// All classes' log-probabilities of samples [begin, end) of the file into `out`, rows of `width`
  /// values (at least classes()); what is not stored is −inf.
  void log_probs(int row, std::int64_t begin, std::int64_t end, int width, float* out) const;
  /// Likewise their probabilities, of which the rounding of the storage is taken back: the voter's
  /// class has its confidence to the bit, no other has more, and a whole row sums to 1 within
  /// float32's rounding. Given
  /// probabilities are as they were given. What is not stored, or has no output, is 0.
  void probabilities(int row, std::int64_t begin, std::int64_t end, int width, double* out) const;

 private:
  explicit ClassPredictionFile(PredictionFile file) : file_(std::move(file)) {}
  PredictionFile file_;
  int rows_ = 0, classes_ = 0;
  FurtherClasses further_;
};

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <string>

#include "core/study/study.h"

namespace plumbline {

struct PredictionImport {
  std::string name, dataset, split;
  std::filesystem::path file;  ///< .npy, samples × classes, in the split's order of samples
  std::string kind = "auto";   ///< probabilities, log-probabilities, logits, or auto
};

struct ImportedPredictions {
  std::string kind;  ///< what the values were taken for
  std::int64_t samples = 0, classes = 0;
  /// Columns beyond the data set's classes: what is voted there is never right. Whoever imports has
  /// to say so, since the order of a larger list of classes may be another.
  std::int64_t further = 0;
};

/// Makes outputs that were computed elsewhere a voter (`name:identity`) of a split. Columns are the
/// data set's classes, in order. What the numbers are is told as told_kind() says (output_kind.h);
/// probabilities are kept as they were given.
/// Errors: another shape than the split's (one that is transposed, or holds labels, is named as
/// that); a value that is not a number, with its row; what told_kind() says; a model of that
/// name.
Result<ImportedPredictions> import_predictions(Study& study, const PredictionImport& request);

}  // namespace plumbline

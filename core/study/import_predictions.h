#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/study/study.h"

namespace plumbline {

struct PredictionImport {
  std::string name, dataset, split;
  std::filesystem::path file;  ///< .npy, samples × classes, in the split's order of samples
  std::string kind = "auto";   ///< probabilities, log-probabilities, logits, or auto
  /// What the columns are called, in their order; empty where nobody says.
  std::vector<std::string> names = {};
};

struct ImportedPredictions {
  std::string kind;  ///< what the values were taken for
  std::int64_t samples = 0, classes = 0;
  /// Columns beyond the data set's classes: what is voted there is never right.
  std::int64_t further = 0;
  /// What the user should know: how columns were matched with classes where it was not by the names
  /// of all, what has no column, that every row is one-hot.
  std::vector<std::string> notes = {};
};

/// Makes outputs that were computed elsewhere a voter (`name:identity`) of a split. Columns are
/// matched with the data set's classes by their names, where they are given (match_classes); else
/// they are the data set's classes, in order, and then others. What the numbers are is told as
/// told_kind() says (output_kind.h); probabilities are kept as they were given. Errors: another
/// shape than the split's (one that is transposed, or holds labels, is named as that); another
/// number of names than columns, or none of the data set's; a value that is not a number, with its
/// row; what told_kind() says; a model of that name.
Result<ImportedPredictions> import_predictions(Study& study, const PredictionImport& request);

}  // namespace plumbline

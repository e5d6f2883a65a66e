#pragma once
#include <string_view>

#include "core/predictions/prediction_file.h"
#include "core/types/named_table.h"

namespace plumbline {

/// A kind of predictions as it lies in files. A further kind is a file with its entry, and a line
/// in the table; its own code writes drafts and reads tensors.
struct PredictionSchema {
  std::string_view name;  ///< "classes"
  int version = 1;        ///< the newest that is known; older ones are read
  /// Whether a file whose envelope is right holds what its kind should, rows included.
  Result<void> (*check)(const PredictionFile& file, const std::filesystem::path& where);
};

/// Classes and boxes.
NamedTable<PredictionSchema>& prediction_schemas();

/// Opens a file of any kind and checks all of it, as is done before a file that another machine
/// wrote is named by a study. Errors name the file: also a kind that is not known, a newer version.
Result<PredictionFile> open_checked_predictions(const std::filesystem::path& file,
                                                std::int64_t first, std::int64_t count);

/// The same of a file that must be of one kind.
Result<PredictionFile> open_checked_predictions(const std::filesystem::path& file,
                                                std::int64_t first, std::int64_t count,
                                                const PredictionSchema& schema);

}  // namespace plumbline

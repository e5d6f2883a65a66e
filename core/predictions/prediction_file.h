#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/data/safetensors.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// Samples in one prediction file: file k of a split holds [k · 2048, (k + 1) · 2048), the last one
/// what is left. Fixed, so that the files of different jobs cover the same ranges.
inline constexpr std::int64_t shard_samples = 2048;

/// What every prediction file says of itself, whatever kind of predictions it holds.
struct PredictionEnvelope {
  std::string kind;                   ///< of the predictions: a PredictionSchema's name
  int version = 1;                    ///< of the kind's schema
  std::int64_t first = 0, count = 0;  ///< samples, by position in the split
  std::vector<Voter> voters;          ///< one a row
};

/// A prediction file that is to be written. The tensors' bytes belong to whoever made the draft, or
/// to `memory`.
struct PredictionDraft {
  PredictionEnvelope envelope;
  SafetensorsMetadata facts;  ///< further ones of the kind
  std::vector<TensorView> tensors;
  std::vector<std::shared_ptr<const void>> memory;
};

/// Writes a safetensors file, atomically. Equal drafts give equal bytes.
Result<void> write_predictions(const std::filesystem::path& file, const PredictionDraft& draft);

/// A prediction file, memory-mapped, with what it says of itself.
struct PredictionFile {
  SafetensorsFile tensors;
  PredictionEnvelope envelope;

  /// Whether the tensor is there, of this type and shape and aligned to its values.
  bool has(std::string_view name, Dtype dtype, const std::vector<std::int64_t>& shape) const;
  /// An integer of the metadata; −1 where it is none.
  std::int64_t number(std::string_view key) const;
};

/// Opens a file and holds it against the range that it should have. Files of the first version have
/// no kind: they hold classes. Errors name the file: missing, truncated, of another range.
Result<PredictionFile> open_predictions(const std::filesystem::path& file, std::int64_t first,
                                        std::int64_t count);

/// The error of a file that is not what it should be.
tl::unexpected<Error> wrong_prediction_file(const std::filesystem::path& file,
                                            std::string_view what);

}  // namespace plumbline

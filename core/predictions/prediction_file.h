#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/safetensors.h"
#include "core/types/error.h"
#include "core/types/voter.h"

namespace plumbline {

/// Samples of a block: block k of a split is [k · 2048, (k + 1) · 2048), the last one what is left.
/// A prediction file holds a block, or where computing it takes long a part of one: a machine of
/// which a block takes a minute writes a file every few seconds all the same.
inline constexpr std::int64_t shard_samples = 2048;

/// A sample whose image could not be used by whom a row is of: unreadable, changed, or one that its
/// view does not fit. There is no prediction, and it is tried again.
struct Unread {
  static constexpr int every_row = -1;
  std::int64_t sample = 0;  ///< by place in the file
  int row = every_row;
  friend bool operator==(const Unread&, const Unread&) = default;
};

/// "3 17:0 18": sample 3 of every row, sample 17 of row 0.
std::string to_text(const std::vector<Unread>& unread);
/// Nothing where the text is none of `count` samples and `rows` rows.
std::optional<std::vector<Unread>> parse_unread(std::string_view text, std::int64_t count,
                                                std::size_t rows);

/// What every prediction file says of itself, whatever kind of predictions it holds.
struct PredictionEnvelope {
  std::string kind;                   ///< of the predictions: a PredictionSchema's name
  int version = 1;                    ///< of the kind's schema
  std::int64_t first = 0, count = 0;  ///< samples, by position in the split
  std::vector<Voter> voters;          ///< one a row
  std::vector<Unread> unread;         ///< failures, which are no results
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

#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/review/box_judgement.h"
#include "core/review/flat_run.h"
#include "core/types/class_index.h"

namespace plumbline {

/// A fused box as it lies in a ledger.
struct FlatFused {
  PixelBox box;
  double score = 0;
  std::uint64_t voters = 0;  ///< bits of the run's voters
  std::int32_t image = 0, category = 0;
};
static_assert(sizeof(FlatFused) == 56);

/// All that is known of a run of boxes under one fusion, before a score threshold is set: columns
/// that are mapped from a cache, by object of the run and by row of the review. A threshold moves
/// on plain arrays, and what it counts it finds in sorted ones. Scores of −1 stand for none.
struct BoxLedger {
  double overlap = 0.5;  ///< an object is found from this IoU on
  VoterFinds finds;      ///< by object
  // By object of the run.
  std::span<const TideVerdict> error;  ///< BoxJudgement's
  std::span<const float> error_score;
  std::span<const double> crowding;  ///< greatest IoU with another object of the image
  std::span<const double> visible;   ///< share of the box that its mask fills; NaN: not known
  // Fused boxes, by image, then by falling score.
  std::span<const FlatFused> fused;
  // By row: objects that count, and fused boxes that find nothing.
  std::span<const ItemRef> items;  ///< rising
  std::span<const BoxRow> rows;
  std::span<const ClassIndex> truth;     ///< the object's class
  std::span<const ClassIndex> label;     ///< the fused box's class; no_class without one
  std::span<const double> score;         ///< the fused box's
  std::span<const float> narrow_score;   ///< the same, as it is compared with a threshold
  std::span<const double> area;          ///< px², of the object, or of the false detection's box
  std::span<const float> size_rank;      ///< rises with the area; a whole number below size_steps
  std::span<const std::uint8_t> behind;  ///< voters behind a false detection; of objects 0
  std::span<const TideVerdict> verdict;  ///< of a false detection's box; of objects `right`
  /// Rows that have a fused box, by falling narrow_score: a threshold that moves changes those
  /// between its old place and its new one.
  std::span<const std::uint32_t> by_score;
  // Falling, for counts: of fused boxes that find objects, and of those that find nothing.
  std::span<const float> found_scores, false_scores;
  /// [k − 1]: by object that counts the k-th greatest score among the voters that find it, falling.
  std::vector<std::span<const float>> kth_scores;
  std::shared_ptr<const void> memory;

  std::size_t objects_that_count() const { return truth.size() - false_scores.size(); }
};

/// Steps of a size within one number of finders, as a power of two: both together are whole numbers
/// that a float holds, so that a million rows are sorted without comparing any twice.
inline constexpr double size_steps = 1 << 17;

inline constexpr ColumnMagic box_ledger_magic = {'P', 'L', 'L', 'E', 'D', 'G', 'R', '2'};

/// The ledger's columns, which they own. `judged` is of this run.
ColumnSet ledger_columns(const BoxRun& run, const BoxJudgement& judged, const VoterFinds& finds,
                         double overlap);

/// Columns as a ledger of this run. Errors (bad input): indices that lead nowhere, columns of other
/// lengths, words that there are none of.
Result<std::shared_ptr<const BoxLedger>> box_ledger(ColumnSet columns, const FlatRun& run);

/// The fused boxes as a list, for figures of them.
FusedDetections unpack_fused(const BoxLedger& ledger);

}  // namespace plumbline

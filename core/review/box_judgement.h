#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/detection/accepted_matches.h"
#include "core/detection/fusion.h"
#include "core/detection/tide.h"
#include "core/review/box_run.h"
#include "core/types/item_ref.h"

namespace plumbline {

// All that is known of a run of boxes before a score threshold is set, so that a threshold moves on
// what is kept. A threshold and the scores that it is compared with are rounded to float32, as in
// every policy. Scores of −1 stand for none.

/// Which voter has what of each object, whatever is fused. One to one as match_accepted says it, by
/// each voter alone.
struct VoterFinds {
  std::size_t voters = 0;
  std::span<const float> found_score;   ///< [object · voters + voter]: of the box matched to it
  std::span<const float> best_overlap;  ///< by object: with any box of its class, of any voter
  std::span<const float> best_score;    ///< by object: of those that overlap it enough
  std::shared_ptr<const void> memory;   ///< of the three

  /// Bit v: voter v finds the object with a score of at least `least`.
  std::uint64_t finders(std::size_t object, float least) const {
    std::uint64_t bits = 0;
    for (std::size_t v = 0; v < voters; ++v)
      bits |= std::uint64_t{found_score[object * voters + v] >= least} << v;
    return bits;
  }
};

/// `progress`, which may be null, advances by the voters.
VoterFinds find_by_voters(const BoxRun& run, double overlap, WorkProgress* progress = nullptr);

/// A fused list of boxes held against the objects.
struct BoxJudgement {
  FusedDetections fused;                ///< `voters`: bits of the run's voters
  std::vector<DetectionMatch> matches;  ///< by fused box
  /// By fused box, by TIDE's definitions: right, in_crowd, or one of its errors. What of two boxes
  /// is the duplicate depends on no threshold, since the surer one is matched first.
  std::vector<TideVerdict> verdicts;
  /// By object: the fused box that is matched to it; no_object for none.
  std::vector<std::int32_t> found_by;
  /// By object: the surest error that would find it if it were mended, and its score. Under a
  /// threshold above that score the object is simply missed.
  std::vector<TideVerdict> error;
  std::vector<float> error_score;
  /// Of each fused box that finds nothing its number as an item: that of the voter's box which is
  /// nearest to it. By fused box; 0 for others.
  std::vector<std::uint32_t> number;
};

/// Objects of a sample have their places as numbers, boxes of voters follow from here: all voters'
/// boxes on the sample, counted through in the order of the run's voters.
inline constexpr std::uint32_t first_box_number = 1U << 24;

/// `fused.voters` are bits of the run's voters. Deterministic, on all cores. `progress`, which may
/// be null, advances by the images.
BoxJudgement judge_fused(const BoxRun& run, FusedDetections fused, double overlap,
                         WorkProgress* progress = nullptr);

/// An item of a run of boxes.
struct BoxRow {
  std::int32_t object = no_object;  ///< index into the truth's boxes; none: a false detection
  std::int32_t box = no_object;     ///< index of the fused box that finds it, or that is false
};

/// The rows of a review table: objects that count, and fused boxes that find nothing.
struct BoxRows {
  std::vector<ItemRef> items;  ///< rising
  std::vector<BoxRow> rows;
};
BoxRows rows_of(const BoxRun& run, const BoxJudgement& judged);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/detection/fusion.h"
#include "core/review/box_ledger.h"
#include "core/review/box_run.h"
#include "core/review/review_kind.h"
#include "core/types/on_demand.h"

namespace plumbline {

/// Runs of detectors: items are the objects that are there, and the boxes that find nothing. A
/// fusion is computed and judged once and kept in the study's cache (ledger_cache.h); a threshold
/// moves on the ledger that is mapped from there.
const ReviewKind& box_review();

/// What a policy on boxes made of a run. A verdict of an object is `kept` where an accepted fused
/// box finds it, else `undetected`; a false detection has nothing true to be judged by: it is
/// `unjudged` where its box is accepted, and `caught` where the threshold rejects it.
struct BoxesReviewed {
  std::shared_ptr<const FlatRun> flat;
  std::shared_ptr<const BoxLedger> ledger;  ///< the same as long as fusion, voters and overlap are
  OnDemand<BoxRun> run;                     ///< `flat` as lists, for figures: takes a while
  OnDemand<FusedDetections> fused;          ///< the ledger's, likewise
  OnDemand<std::vector<std::uint8_t>> finders;  ///< by row: voters that finders_of_row says
  std::vector<std::size_t> voters;              ///< the policy's, places in the run
  float least = 0;                              ///< score that is accepted
  double overlap = 0.5;                         ///< an object is found from this IoU on
  std::int64_t found = 0, undetected = 0, false_detections = 0;
  std::vector<std::int64_t> found_by_k;  ///< objects by the number of the run's voters, from 0
};

/// The policy's fusion as core/detection reads it, without what it accepts by.
std::string fusion_text(const Policy& policy);

/// The fusion of a policy on boxes, of some of a run's voters. `voters` of the result are bits of
/// the run's. Takes long where there are many boxes: `progress`, which may be null, advances by the
/// images. Errors: the fusion's.
Result<FusedDetections> fuse_voters(const BoxRun& run, const Policy& policy,
                                    std::span<const std::size_t> voters,
                                    WorkProgress* progress = nullptr);

}  // namespace plumbline

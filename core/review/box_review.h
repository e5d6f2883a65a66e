#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/review/box_judgement.h"
#include "core/review/box_run.h"
#include "core/review/review_kind.h"

namespace plumbline {

/// Runs of detectors: items are the objects that are there, and the boxes that find nothing. What
/// was read stays in memory; a fusion is computed once, and a threshold moves on what it left.
const ReviewKind& box_review();

/// What a policy on boxes made of a run. A verdict of an object is `kept` where an accepted fused
/// box finds it, else `undetected`; a false detection has nothing true to be judged by: it is
/// `unjudged` where its box is accepted, and `caught` where the threshold rejects it.
struct BoxesReviewed {
  std::shared_ptr<const BoxRun> run;
  std::shared_ptr<const VoterFinds> finds;
  std::shared_ptr<const BoxJudgement> judged;
  std::shared_ptr<const BoxRows> rows;
  std::vector<std::size_t> voters;  ///< the policy's, places in the run
  float least = 0;                  ///< score that is accepted
  double overlap = 0.5;             ///< an object is found from this IoU on
  std::int64_t found = 0, undetected = 0, false_detections = 0;
  std::vector<std::int64_t> found_by_k;  ///< objects by the number of the run's voters, from 0
};

/// The policy's fusion as core/detection reads it, without what it accepts by.
std::string fusion_text(const Policy& policy);

}  // namespace plumbline

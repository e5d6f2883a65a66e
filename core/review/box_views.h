#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/review/box_review.h"

namespace plumbline {

/// What came of a row's object by one voter.
enum class BoxOutcome : std::uint8_t {
  found,        ///< its box is matched to the object, and accepted
  low_score,    ///< a box of the class overlaps it enough, but its score is too low
  taken,        ///< likewise accepted, but it is matched to another object
  low_overlap,  ///< a box of the class overlaps it too little
  other_class,  ///< a box of another class overlaps it enough
  no_box
};
/// "found", "low score", "other object", "low IoU", "other class", "no box".
std::string_view to_string(BoxOutcome outcome);

struct VoterBoxView {
  BoxOutcome outcome = BoxOutcome::no_box;
  std::optional<DetectedBox> box;  ///< what the outcome is about
  double overlap = 0;              ///< its IoU with the row's box
};

/// What the fusion has of the row: of an object the box that is matched to it, `found` where it is
/// accepted, else `low_score`, and its IoU with the object; `no_box` where none is. Of a false
/// detection its box, `found` where it is accepted.
VoterBoxView fused_view(const BoxesReviewed& reviewed, std::size_t row);

/// By voter of the run. Of a false detection: what each voter has where it lies; `found` is a box
/// of its class that overlaps it enough and is accepted.
std::vector<VoterBoxView> voter_views(const BoxesReviewed& reviewed, std::size_t row);

}  // namespace plumbline

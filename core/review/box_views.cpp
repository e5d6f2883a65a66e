#include "core/review/box_views.h"

#include "core/detection/box_overlap.h"
#include "core/review/box_table.h"

namespace plumbline {

namespace {

/// TIDE's t_b: what overlaps less has nothing to do with the object.
constexpr double least_overlap = 0.1;

struct NearBox {
  std::optional<DetectedBox> box;
  double overlap = 0;

  void offer(const DetectedBox& other, double shared, bool is_better) {
    if (!box || is_better) box = other, overlap = shared;
  }
  VoterBoxView as(BoxOutcome outcome) const { return {outcome, *box, overlap}; }
};

}  // namespace

std::string_view to_string(BoxOutcome outcome) {
  switch (outcome) {
    case BoxOutcome::found: return "found";
    case BoxOutcome::low_score: return "low score";
    case BoxOutcome::taken: return "other object";
    case BoxOutcome::low_overlap: return "low IoU";
    case BoxOutcome::other_class: return "other class";
    case BoxOutcome::no_box: return "no box";
  }
  return {};
}

VoterBoxView fused_view(const BoxesReviewed& reviewed, std::size_t row) {
  const std::int32_t place = reviewed.ledger->rows[row].box;
  if (place < 0) return {};
  const FlatFused& fused = reviewed.ledger->fused[static_cast<std::size_t>(place)];
  const bool is_accepted = static_cast<float>(fused.score) >= reviewed.least;
  return {is_accepted ? BoxOutcome::found : BoxOutcome::low_score,
          DetectedBox{fused.image, fused.category, fused.box, fused.score},
          overlap_of(upright(fused.box), box_of_row(reviewed, row))};
}

std::vector<VoterBoxView> voter_views(const BoxesReviewed& reviewed, std::size_t row) {
  const FlatRun& run = *reviewed.flat;
  const BoxLedger& ledger = *reviewed.ledger;
  const BoxRow& at = ledger.rows[row];
  const PixelBox place = box_of_row(reviewed, row);
  const auto image = static_cast<std::size_t>(ledger.items[row].sample());
  const std::int32_t category = at.object >= 0
                                    ? run.objects[static_cast<std::size_t>(at.object)].category
                                    : ledger.fused[static_cast<std::size_t>(at.box)].category;
  const auto is_accepted = [&](const DetectedBox& box) {
    return static_cast<float>(box.score) >= reviewed.least;
  };
  std::vector<VoterBoxView> views;
  for (std::size_t v = 0; v < run.voters; ++v) {
    // The score of the box that is matched to the object; more than any where nothing is.
    const float matched =
        at.object < 0
            ? -1.0F
            : ledger.finds.found_score[static_cast<std::size_t>(at.object) * run.voters + v];
    NearBox same, own, near, other;
    for (const FlatBox& flat : run.boxes_of(v, image)) {
      const DetectedBox box = detected_box(flat, image);
      const double shared = overlap_of(upright(box.box), place);
      if (shared < least_overlap) continue;
      if (box.category != category) {
        if (shared >= reviewed.overlap)
          other.offer(box, shared, other.box && box.score > other.box->score);
      } else if (shared < reviewed.overlap) {
        // Of boxes too far away one that would be believed says more than a nearer one.
        near.offer(
            box, shared,
            near.box && (is_accepted(box) != is_accepted(*near.box) ? is_accepted(box)
                                                                    : shared > near.overlap));
      } else {
        same.offer(box, shared, same.box && box.score > same.box->score);
        if (matched >= 0 && static_cast<float>(box.score) == matched)
          own.offer(box, shared, own.box && shared > own.overlap);
      }
    }
    const NearBox& shown = own.box ? own : same;
    const bool is_own = own.box || (at.object < 0 && same.box);
    if (shown.box && !is_accepted(*shown.box))
      views.push_back(shown.as(BoxOutcome::low_score));
    else if (is_own)
      views.push_back(shown.as(BoxOutcome::found));
    else if (other.box && is_accepted(*other.box))
      views.push_back(other.as(BoxOutcome::other_class));
    else if (shown.box)
      views.push_back(shown.as(BoxOutcome::taken));
    else if (near.box)
      views.push_back(near.as(BoxOutcome::low_overlap));
    else if (other.box)
      views.push_back(other.as(BoxOutcome::other_class));
    else
      views.emplace_back();
  }
  return views;
}

}  // namespace plumbline

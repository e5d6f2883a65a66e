#pragma once
#include "widgets/decision/run_review.h"
#include "widgets/decision/voter_look.h"
#include "widgets/gallery/gallery_content.h"

namespace plumbline {

/// What cells say of the rows of a run of boxes. Holds nothing of a decision: it is asked each
/// time.
class ObjectCaptions {
 public:
  ObjectCaptions() = default;
  explicit ObjectCaptions(const RunReview& review) : looks_(review.run().info.voters) {}

  /// The object's box in its surroundings, in the proportions of a cell's picture.
  std::optional<PixelRect> crop(const ReviewTable& table, std::size_t row) const;
  /// `row`: of the review's table.
  GalleryCell cell(const RunReview& review, const ReviewTable& table, std::size_t row) const;
  const VoterLooks& looks() const { return looks_; }

 private:
  VoterLooks looks_;
};

/// "98 × 109".
QString box_size_text(const PixelRect& box);

}  // namespace plumbline

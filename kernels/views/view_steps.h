#pragma once
#include <span>

#include "kernels/views/levels.h"
#include "kernels/views/resampling.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

/// One view of a combination, with its numbers.
struct ViewStep {
  const ViewKind* kind = nullptr;
  StepValues values{};
  friend bool operator==(const ViewStep&, const ViewStep&) = default;
};

/// All geometric steps in one, in their order; the others are passed over.
Placement placement_of(std::span<const ViewStep> steps, const FrameSize& frame);

/// All intensities, in their order, each clamped to 0–255 unless it is unclamped; geometric steps
/// are passed over.
void apply_intensities(Levels& levels, std::span<const ViewStep> steps, const ViewContext& context);

/// An image under a placement, on a canvas of the image's own size: what a window shows is resized
/// to it. `permutes()` moves pixels exactly; anything else is sampled once, in float32.
/// A quarter turn of an image that is not square is stretched to the canvas.
void place_levels(const PixelView& image, const Placement& placement, bool antialias,
                  const Fill& fill, Levels& levels);

}  // namespace plumbline::views

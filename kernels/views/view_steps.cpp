#include "kernels/views/view_steps.h"

#include <algorithm>

namespace plumbline::views {

Placement placement_of(std::span<const ViewStep> steps, const FrameSize& frame) {
  Placement placement = whole(frame);
  for (const ViewStep& step : steps)
    if (step.kind->geometric())
      placement = then(placement, step.kind->place(step.values, placement.frame));
  return placement;
}

void apply_intensities(Levels& levels, std::span<const ViewStep> steps,
                       const ViewContext& context) {
  for (const auto& [kind, values] : steps) {
    if (kind->apply != nullptr)
      kind->apply(levels, values, context);
    else if (kind->tone != nullptr)
      for (float& level : levels.values) level = static_cast<float>(kind->tone(level, values));
    else
      continue;
    if (!kind->unclamped) clamp_levels(levels);
  }
}

void place_levels(const PixelView& image, const Placement& placement, bool antialias,
                  const Fill& fill, Levels& levels) {
  const bool same_size = placement.frame == FrameSize{image.width, image.height};
  if (placement.permutes() && same_size) {
    if (placement == whole(placement.frame)) return load_levels(image, levels);
    thread_local std::vector<std::uint8_t> moved;
    moved.resize(image.size());
    permute(image, placement, moved.data());
    return load_levels({moved.data(), image.width, image.height, image.channels}, levels);
  }
  PixelView source = image;
  thread_local std::vector<std::uint8_t> transposed;
  if (placement.transposed) {
    // Exchanged first, so that each axis of the output is one axis of the source.
    transposed.resize(image.size());
    permute(image, {true, 1, 0, 1, 0, {image.height, image.width}}, transposed.data());
    source = {transposed.data(), image.height, image.width, image.channels};
  }
  const bool t = placement.transposed;
  const auto x =
      sample_axis(source.width, image.width, {0, static_cast<double>(image.width)},
                  t ? placement.y : placement.x, t ? placement.y0 : placement.x0, antialias);
  const auto y =
      sample_axis(source.height, image.height, {0, static_cast<double>(image.height)},
                  t ? placement.x : placement.y, t ? placement.x0 : placement.y0, antialias);
  resample(source, x, y, fill, levels);
}

}  // namespace plumbline::views

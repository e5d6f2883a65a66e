#include "core/study/box_mapping.h"

#include <algorithm>
#include <cmath>

#include "core/data/resize.h"

namespace plumbline {

namespace {

/// A side of what is seen that is less of what there was cannot be told from nothing.
constexpr double least_side = 1e-6;

BoxSides ordered(double x1, double y1, double x2, double y2) {
  return {std::min(x1, x2), std::min(y1, y2), std::max(x1, x2), std::max(y1, y2)};
}

bool vanishes(double factor, double offset) {
  return !(std::abs(factor) >= least_side) || !std::isfinite(factor) || !std::isfinite(offset);
}

/// The card's resize of what the view shows. An image that a network takes as it is fills its
/// input, whatever part of it the view shows.
Result<FitGeometry> fit_of_view(const CardInput& input, const views::Placement& placement,
                                std::string_view where) {
  if (input.resize.kind != ResizeKind::none)
    return fit_geometry(placement.frame.width, placement.frame.height, input.width, input.height,
                        input.resize, where);
  Resize whole;
  whole.kind = ResizeKind::stretch;
  return fit_geometry(placement.frame.width, placement.frame.height, input.width, input.height,
                      whole, where);
}

}  // namespace

BoxSides BoxMapping::to_image(const BoxSides& in) const {
  if (transposed)
    return ordered(x * in.top + x0, y * in.left + y0, x * in.bottom + x0, y * in.right + y0);
  return ordered(x * in.left + x0, y * in.top + y0, x * in.right + x0, y * in.bottom + y0);
}

BoxSides BoxMapping::to_input(const BoxSides& in) const {
  const double across1 = (in.left - x0) / x, across2 = (in.right - x0) / x;
  const double down1 = (in.top - y0) / y, down2 = (in.bottom - y0) / y;
  if (transposed) return ordered(down1, across1, down2, across2);
  return ordered(across1, down1, across2, down2);
}

Result<BoxMapping> box_mapping(const CardInput& input, const View& view,
                               const views::FrameSize& image, std::string_view where) {
  const views::Placement placement = views::placement_of(view.steps(), image);
  if (vanishes(placement.x, placement.x0) || vanishes(placement.y, placement.y0))
    return usage_error(
        "boxes that a detector finds under this view cannot be mapped back to the image",
        to_string(view), "leave it out for detectors");
  const auto fit = fit_of_view(input, placement, where);
  TRY(fit);
  // A point of the input, as a fraction of what the view shows.
  const double u = 1 / (fit->scale_x * placement.frame.width);
  const double u0 = -static_cast<double>(fit->left) * u;
  const double v = 1 / (fit->scale_y * placement.frame.height);
  const double v0 = -static_cast<double>(fit->top) * v;
  BoxMapping mapping;
  mapping.transposed = placement.transposed;
  const double across = placement.transposed ? v : u, across0 = placement.transposed ? v0 : u0;
  const double down = placement.transposed ? u : v, down0 = placement.transposed ? u0 : v0;
  mapping.x = placement.x * across * image.width;
  mapping.x0 = (placement.x * across0 + placement.x0) * image.width;
  mapping.y = placement.y * down * image.height;
  mapping.y0 = (placement.y * down0 + placement.y0) * image.height;
  return mapping;
}

}  // namespace plumbline

#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernels/views/levels.h"
#include "kernels/views/placement.h"

namespace plumbline::views {

/// What lies where a pixel of the output is taken from.
enum class Region : std::uint8_t {
  image,    ///< inside of the source
  outside,  ///< of the source, but in the part that the view shows: filled with the card's mean
  padding,  ///< outside of what the view shows: filled as the card pads
};

/// How one axis of the output is made of one axis of the source: for each place some neighbours
/// with weights that sum to 1.
struct AxisSampling {
  int taps = 0;
  std::vector<int> first;      ///< [output] the first source index; all taps lie inside
  std::vector<float> weights;  ///< [output × taps]
  std::vector<Region> region;  ///< [output]
};

/// Where the shown image lies on an axis of the output: [begin, begin + length) in pixels.
struct AxisSpan {
  double begin = 0, length = 0;
};

/// Bilinear sampling of an axis. The centre of output pixel i is at f = (i + ½ − shown.begin) /
/// shown.length of what is shown, that is at factor · f + offset of the source's length.
/// `antialias` widens the triangle by the scale where it shrinks, as PIL does; weights that would
/// fall outside of the source are left out and the others made to sum to 1.
AxisSampling sample_axis(int source, int output, const AxisSpan& shown, double factor,
                         double offset, bool antialias);

/// The rectangle of the output in which both axes are in Region::image.
PixelRectangle image_rectangle(const AxisSampling& x, const AxisSampling& y);

/// Levels per channel that are put where there is no image.
struct Fill {
  std::array<float, 3> outside{}, padding{};
};

/// Samples a source along both axes, in float32, unrounded. Deterministic, thread-safe.
void resample(const PixelView& source, const AxisSampling& x, const AxisSampling& y,
              const Fill& fill, Levels& out);

/// Moves whole pixels as a placement that permutes says: `out` has the placement's frame, the
/// source's channels, and may not overlap the source.
void permute(const PixelView& source, const Placement& placement, std::uint8_t* out);

}  // namespace plumbline::views

#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"angle h, degrees", 20, -180, 180}};

/// `turn`: in sixths of the circle, 0 to 6. HSV's hexagon: of a channel with offset n (red 5, green
/// 3, blue 1), V − chroma · clamp(min(k, 4 − k), 0, 1) with k = (n + hue) mod 6.
PLUMBLINE_VECTORISED void rotate(float* red, float* green, float* blue, float turn, std::size_t n) {
  const auto channel = [](float offset, float hue, float value, float chroma) {
    float k = offset + hue;
    k -= k >= 6 ? 6.0F : 0.0F;
    k -= k >= 6 ? 6.0F : 0.0F;
    float slope = k < 4 - k ? k : 4 - k;
    slope = slope > 0 ? slope : 0;
    slope = slope < 1 ? slope : 1;
    return value - chroma * slope;
  };
  for (std::size_t i = 0; i < n; ++i) {
    const float r = red[i], g = green[i], b = blue[i];
    const float rg_high = r > g ? r : g, rg_low = r < g ? r : g;
    const float value = rg_high > b ? rg_high : b, low = rg_low < b ? rg_low : b;
    const float chroma = value - low;
    const float safe = chroma > 0 ? chroma : 1;
    const float from_red = (g - b) / safe, from_green = (b - r) / safe + 2,
                from_blue = (r - g) / safe + 4;
    float hue = value == r ? from_red : (value == g ? from_green : from_blue);
    hue += hue < 0 ? 6.0F : 0.0F;
    hue += turn;
    hue -= hue >= 6 ? 6.0F : 0.0F;
    red[i] = channel(5, hue, value, chroma);
    green[i] = channel(3, hue, value, chroma);
    blue[i] = channel(1, hue, value, chroma);
  }
}

void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  if (levels.channels != 3) return;
  const double sixths = values[0] / 60;
  rotate(levels.plane(0), levels.plane(1), levels.plane(2),
         static_cast<float>(sixths < 0 ? sixths + 6 : sixths), levels.plane_size());
}

}  // namespace

extern const ViewKind hue_view;
const ViewKind hue_view = {.name = "hue",
                           .summary = "hue turned by degrees (HSV)",
                           .parameters = parameters,
                           .apply = apply,
                           .needs_colour = true};

}  // namespace plumbline::views

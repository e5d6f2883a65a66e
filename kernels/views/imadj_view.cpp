#include "kernels/vectorised.h"
#include "kernels/views/luma.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

/// The levels below and above which one in a hundred pixels lies (MATLAB's stretchlim).
struct Limits {
  int low = 0, high = 255;
};

Limits limits_of(const Histogram& counts) {
  std::uint64_t total = 0, sum = 0;
  for (const auto count : counts) total += count;
  Limits limits;
  bool low_found = false;
  for (int i = 0; i < 256; ++i) {
    sum += counts[static_cast<std::size_t>(i)];
    if (!low_found && 100 * sum > total) {
      limits.low = i;
      low_found = true;
    }
    if (100 * sum >= 99 * total) {
      limits.high = i;
      break;
    }
  }
  return limits;
}

PLUMBLINE_VECTORISED void stretch(float* plane, float low, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) plane[i] = (plane[i] - low) * factor;
}

void apply(Levels& levels, const StepValues&, const ViewContext&) {
  for (int c = 0; c < levels.channels; ++c) {
    const Limits limits = limits_of(histogram_of(levels.plane(c), levels.width, levels.valid));
    if (limits.low >= limits.high) continue;  // one level: there is nothing to stretch
    stretch(levels.plane(c), static_cast<float>(limits.low),
            255.0F / static_cast<float>(limits.high - limits.low), levels.plane_size());
  }
}

}  // namespace

extern const ViewKind imadj_view;
const ViewKind imadj_view = {
    .name = "imadj",
    .summary = "each channel stretched to 0–255, 1 % saturated at either end",
    .apply = apply};

}  // namespace plumbline::views

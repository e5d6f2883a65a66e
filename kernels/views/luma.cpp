#include "kernels/views/luma.h"

#include <algorithm>

#include "kernels/vectorised.h"

namespace plumbline::views {

namespace {

PLUMBLINE_VECTORISED void weigh(const float* red, const float* green, const float* blue,
                                float* luma, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    luma[i] = 0.299F * red[i] + 0.587F * green[i] + 0.114F * blue[i];
}

PLUMBLINE_VECTORISED void shift(float* plane, const float* before, const float* after,
                                std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) plane[i] += after[i] - before[i];
}

}  // namespace

void luma_of(const Levels& levels, std::vector<float>& luma) {
  luma.resize(levels.plane_size());
  if (levels.channels == 3)
    weigh(levels.plane(0), levels.plane(1), levels.plane(2), luma.data(), luma.size());
  else
    std::copy_n(levels.plane(0), luma.size(), luma.data());
}

void replace_luma(Levels& levels, const std::vector<float>& before,
                  const std::vector<float>& after) {
  if (levels.channels == 1) {
    std::ranges::copy(after, levels.plane(0));
    return;
  }
  for (int c = 0; c < levels.channels; ++c)
    shift(levels.plane(c), before.data(), after.data(), before.size());
}

Histogram histogram_of(const float* plane, int width, const PixelRectangle& rectangle) {
  // Four counters a bin: equal neighbours do not wait for each other.
  std::array<Histogram, 4> parts{};
  for (int y = rectangle.top; y < rectangle.bottom; ++y) {
    const float* row = plane + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
    for (int x = rectangle.left; x < rectangle.right; ++x)
      ++parts[static_cast<std::size_t>(x & 3)][static_cast<std::size_t>(bin_of(row[x]))];
  }
  Histogram sum = parts[0];
  for (std::size_t p = 1; p < parts.size(); ++p)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += parts[p][i];
  return sum;
}

}  // namespace plumbline::views

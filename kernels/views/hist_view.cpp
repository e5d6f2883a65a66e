#include <algorithm>
#include <cmath>

#include "kernels/views/luma.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

/// As OpenCV's equalizeHist: the darkest level becomes 0, the brightest 255.
std::array<float, 256> equalised(const Histogram& counts) {
  std::array<float, 256> map{};
  std::uint32_t total = 0;
  for (const auto count : counts) total += count;
  std::size_t i = 0;
  while (i < 255 && counts[i] == 0) ++i;
  if (counts[i] == total) {
    map.fill(static_cast<float>(i));
    return map;
  }
  const float scale = 255.0F / static_cast<float>(total - counts[i]);
  std::uint32_t sum = 0;
  for (++i; i < 256; ++i) {
    sum += counts[i];
    map[i] = std::min(255.0F, std::nearbyint(static_cast<float>(sum) * scale));
  }
  return map;
}

void apply(Levels& levels, const StepValues&, const ViewContext&) {
  thread_local std::vector<float> luma, after;
  luma_of(levels, luma);
  const Histogram counts = histogram_of(luma.data(), levels.width, levels.valid);
  const auto map = equalised(counts);
  after.resize(luma.size());
  for (std::size_t i = 0; i < luma.size(); ++i)
    after[i] = map[static_cast<std::size_t>(bin_of(luma[i]))];
  replace_luma(levels, luma, after);
}

}  // namespace

extern const ViewKind hist_view;
const ViewKind hist_view = {
    .name = "hist", .summary = "histogram of luma equalised, chroma kept", .apply = apply};

}  // namespace plumbline::views

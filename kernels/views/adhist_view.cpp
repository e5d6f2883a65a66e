#include <algorithm>
#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/luma.h"
#include "kernels/views/reflection.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"clip limit", 2, 0.5, 40}};

using Map = std::array<float, 256>;

/// OpenCV's CLAHE: counts above the limit are handed out to all bins evenly, the rest at steps.
Map clipped_map(Histogram& counts, int limit, int pixels) {
  int excess = 0;
  for (auto& count : counts)
    if (static_cast<int>(count) > limit) {
      excess += static_cast<int>(count) - limit;
      count = static_cast<std::uint32_t>(limit);
    }
  const int each = excess / 256;
  for (auto& count : counts) count += static_cast<std::uint32_t>(each);
  if (int rest = excess - each * 256; rest > 0) {
    const int step = std::max(256 / rest, 1);
    for (int i = 0; i < 256 && rest > 0; i += step, --rest) ++counts[static_cast<std::size_t>(i)];
  }
  const float scale = 255.0F / static_cast<float>(pixels);
  Map map{};
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    sum += counts[i];
    map[i] = std::clamp(std::nearbyint(static_cast<float>(sum) * scale), 0.0F, 255.0F);
  }
  return map;
}

/// Which two tiles a place lies between, and how near it is to the second.
struct Between {
  std::vector<int> first, second;
  std::vector<float> weight;

  Between(int length, int tile, int tiles)
      : first(static_cast<std::size_t>(length)), second(first), weight(first.size()) {
    for (int i = 0; i < length; ++i) {
      const float place = static_cast<float>(i) * (1.0F / static_cast<float>(tile)) - 0.5F;
      const int below = static_cast<int>(std::floor(place));
      const auto at = static_cast<std::size_t>(i);
      weight[at] = place - static_cast<float>(below);
      first[at] = std::max(below, 0);
      second[at] = std::min(below + 1, tiles - 1);
    }
  }
};

void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  const PixelRectangle& valid = levels.valid;
  const int width = valid.right - valid.left, height = valid.bottom - valid.top;
  if (width < 1 || height < 1) return;
  const int tiles = std::min(levels.width, levels.height) < 64 ? 4 : 8;
  thread_local std::vector<float> luma, after;
  luma_of(levels, luma);
  const auto at = [&](int x, int y) {
    return static_cast<std::size_t>(valid.top + y) * static_cast<std::size_t>(levels.width) +
           static_cast<std::size_t>(valid.left + x);
  };

  // Where the tiles do not divide both sides, OpenCV adds mirrored pixels to both.
  const bool even = width % tiles == 0 && height % tiles == 0;
  const int tile_width = (even ? width : width + tiles - width % tiles) / tiles;
  const int tile_height = (even ? height : height + tiles - height % tiles) / tiles;
  const int pixels = tile_width * tile_height;
  const int limit = std::max(static_cast<int>(values[0] * pixels / 256), 1);
  std::vector<Map> maps(static_cast<std::size_t>(tiles * tiles));
  for (int ty = 0; ty < tiles; ++ty)
    for (int tx = 0; tx < tiles; ++tx) {
      Histogram counts{};
      for (int y = ty * tile_height; y < (ty + 1) * tile_height; ++y)
        for (int x = tx * tile_width; x < (tx + 1) * tile_width; ++x)
          ++counts[static_cast<std::size_t>(
              bin_of(luma[at(reflected(x, width), reflected(y, height))]))];
      maps[static_cast<std::size_t>(ty * tiles + tx)] = clipped_map(counts, limit, pixels);
    }

  const Between columns(width, tile_width, tiles), rows(height, tile_height, tiles);
  after = luma;
  for (int y = 0; y < height; ++y) {
    const auto row = static_cast<std::size_t>(y);
    const Map* upper = &maps[static_cast<std::size_t>(rows.first[row] * tiles)];
    const Map* lower = &maps[static_cast<std::size_t>(rows.second[row] * tiles)];
    const float down = rows.weight[row];
    for (int x = 0; x < width; ++x) {
      const auto column = static_cast<std::size_t>(x);
      const auto bin = static_cast<std::size_t>(bin_of(luma[at(x, y)]));
      const int left = columns.first[column], right = columns.second[column];
      const float across = columns.weight[column];
      const float top = upper[left][bin] * (1 - across) + upper[right][bin] * across;
      const float bottom = lower[left][bin] * (1 - across) + lower[right][bin] * across;
      after[at(x, y)] = top * (1 - down) + bottom * down;
    }
  }
  replace_luma(levels, luma, after);
}

}  // namespace

extern const ViewKind adhist_view;
const ViewKind adhist_view = {
    .name = "adhist",
    .summary = "luma equalised in 8×8 tiles (4×4 below 64 pixels), clipped (CLAHE)",
    .parameters = parameters,
    .apply = apply};

}  // namespace plumbline::views

#pragma once
#include <cstdint>

/// The parts of a winograd_pass.h that are compiled once for each set of instructions, under the
/// rules of panel_tile.h: nothing is included, and nothing defined here, whose functions the linker
/// could take for other files.
namespace plumbline::kernels {

/// A tile is 6 × 6 or 4 × 4 pixels, of which 4 × 4 or 2 × 2 come out.
constexpr int64_t most_winograd_in = 6, most_winograd_out = 4;

/// The channels of a tile's pixels, row by row, become those of as many positions.
struct WinogradInput {
  const float* pixels[most_winograd_in * most_winograd_in];
  float* positions[most_winograd_in * most_winograd_in];
  int64_t channels;  ///< a multiple of `lanes`
};

/// A tile's products at all positions become outputs of its inner pixels.
struct WinogradOutput {
  const float* products;  ///< of the first position, the others `stride` apart
  int64_t stride;
  const float* bias;
  float* pixels[most_winograd_out * most_winograd_out];         ///< nullptr: outside of the image
  const float* addends[most_winograd_out * most_winograd_out];  ///< nullptr: none
  int64_t outputs;                                              ///< a multiple of `lanes`
  bool relu;
};

struct WinogradTransforms {
  void (*input)(const WinogradInput&);
  void (*output)(const WinogradOutput&);
};

struct WinogradTile {
  int64_t lanes;
  WinogradTransforms by_two, by_four;  ///< of 2 × 2 and of 4 × 4 that come out
};

#if defined(__x86_64__)
extern const WinogradTile winograd_tile_avx2, winograd_tile_avx512;
#endif

}  // namespace plumbline::kernels

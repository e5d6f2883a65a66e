#pragma once
#include <cstdint>

#include <c10/macros/Macros.h>

#include "kernels/ragged_resize.h"

/// The arithmetic of ragged_resize, for both devices.
namespace plumbline::kernels {

struct ResizeTap {
  std::int32_t place, weight;
};

constexpr int pil_bits = 22;  ///< of a weight

C10_HOST_DEVICE inline int pil_level(std::int32_t sum) {
  const int level = sum >> pil_bits;
  return level < 0 ? 0 : level > 255 ? 255 : level;
}

/// A level of the source: its own, or luma where the batch is grey.
template <int channels>
C10_HOST_DEVICE int source_level(const std::uint8_t* pixel, int channel) {
  if (channels == 3) return pixel[channel];
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

/// One pixel of row `y` of the image, blended of its columns.
template <int channels>
C10_HOST_DEVICE void blend_columns(const std::uint8_t* pixels, const ResizeJob& job,
                                   const ResizeTap* taps, std::int64_t x, std::int64_t y,
                                   std::int16_t* out) {
  const std::uint8_t* row = pixels + job.source + y * job.step_y;
  const ResizeTap* tap = taps + job.columns + x * job.column_taps;
  const bool pil = job.rule == ResizeRule::pil;
  std::int32_t sums[channels];
  for (int c = 0; c < channels; ++c) sums[c] = pil ? 1 << (pil_bits - 1) : 0;
  for (std::int64_t t = 0; t < job.column_taps; ++t, ++tap) {
    const std::uint8_t* pixel = row + tap->place * job.step_x;
    for (int c = 0; c < channels; ++c) sums[c] += source_level<channels>(pixel, c) * tap->weight;
  }
  for (int c = 0; c < channels; ++c)
    out[c] = static_cast<std::int16_t>(pil ? pil_level(sums[c]) : sums[c] >> 4);
}

/// One pixel of the result, blended of rows that are blended already.
template <int channels>
C10_HOST_DEVICE void blend_rows(const std::int16_t* scratch, const ResizeJob& job,
                                const ResizeTap* taps, std::int64_t x, std::int64_t y,
                                std::uint8_t* out) {
  const std::int16_t* column = scratch + job.blended + x * channels;
  const std::int64_t row_values = job.width * channels;
  const ResizeTap* tap = taps + job.rows + y * job.row_taps;
  const bool pil = job.rule == ResizeRule::pil;
  std::int32_t sums[channels];
  for (int c = 0; c < channels; ++c) sums[c] = pil ? 1 << (pil_bits - 1) : 0;
  for (std::int64_t t = 0; t < job.row_taps; ++t, ++tap) {
    const std::int16_t* values = column + (tap->place - job.first_row) * row_values;
    for (int c = 0; c < channels; ++c) {
      const std::int32_t product = values[c] * tap->weight;
      sums[c] += pil ? product : product >> 16;
    }
  }
  for (int c = 0; c < channels; ++c)
    out[c] = static_cast<std::uint8_t>(pil ? pil_level(sums[c]) : (sums[c] + 2) >> 2);
}

}  // namespace plumbline::kernels

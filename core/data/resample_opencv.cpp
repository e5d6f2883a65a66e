#include "core/data/resample_opencv.h"

#include <utility>
#include <vector>

#include "core/data/resample_taps.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

/// One row between its columns, in units of 1/128: at most 255 · 128, which fits 16 bits.
template <int channels>
void blend_columns(const std::uint8_t* row, const OpencvTaps& taps, std::int16_t* out) {
  const std::size_t count = taps.first.size();
  const std::int32_t* first = taps.first.data();
  const std::int32_t* second = taps.second.data();
  const std::int16_t* first_weight = taps.first_weight.data();
  const std::int16_t* second_weight = taps.second_weight.data();
  for (std::size_t x = 0; x < count; ++x) {
    for (int c = 0; c < channels; ++c) {
      const int sum = row[first[x] + c] * first_weight[x] + row[second[x] + c] * second_weight[x];
      *out++ = static_cast<std::int16_t>(sum >> 4);
    }
  }
}

/// Each product is cut to 1/4 grey level by itself before the sum is rounded.
PLUMBLINE_VECTORISED
void blend_rows(const std::int16_t* upper, const std::int16_t* lower, std::int16_t upper_weight,
                std::int16_t lower_weight, std::size_t count, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) {
    const int sum = ((upper[i] * upper_weight) >> 16) + ((lower[i] * lower_weight) >> 16);
    out[i] = static_cast<std::uint8_t>((sum + 2) >> 2);
  }
}

template <int channels>
void resample(const Image& image, const ScaledWindow& window, PixelTarget target) {
  OpencvTaps columns =
      opencv_taps(image.width, window.full_width, window.left, window.width, OpencvAxis::columns);
  for (auto* places : {&columns.first, &columns.second})
    for (std::int32_t& place : *places) place *= channels;  // in values from the row's start
  const OpencvTaps rows =
      opencv_taps(image.height, window.full_height, window.top, window.height, OpencvAxis::rows);
  const std::size_t row_bytes = static_cast<std::size_t>(image.width) * channels;
  const std::size_t count = static_cast<std::size_t>(window.width) * channels;

  // The last two blended rows are kept: enlarging uses them again and again.
  std::vector<std::int16_t> upper(count), lower(count);
  std::int32_t upper_row = -1, lower_row = -1;
  const auto blend = [&](std::int32_t y, std::vector<std::int16_t>& out) {
    blend_columns<channels>(image.pixels.data() + static_cast<std::size_t>(y) * row_bytes, columns,
                            out.data());
  };
  for (int y = 0; y < window.height; ++y) {
    const auto i = static_cast<std::size_t>(y);
    if (upper_row != rows.first[i]) {
      std::swap(upper, lower);
      std::swap(upper_row, lower_row);
    }
    if (upper_row != rows.first[i]) blend(upper_row = rows.first[i], upper);
    const bool same_row = rows.second[i] == rows.first[i];
    if (!same_row && lower_row != rows.second[i]) blend(lower_row = rows.second[i], lower);
    blend_rows(upper.data(), same_row ? upper.data() : lower.data(), rows.first_weight[i],
               rows.second_weight[i], count, target.row(y));
  }
}

}  // namespace

// OpenCV turns an exact halving of both sides into the mean of 2 × 2 pixels; with both weights one
// half the steps here give the same bits.
void resample_opencv(const Image& image, const ScaledWindow& window, PixelTarget target) {
  if (image.channels == 1) {
    resample<1>(image, window, target);
  } else {
    resample<3>(image, window, target);
  }
}

}  // namespace plumbline

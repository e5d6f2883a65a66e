#include "core/data/resample_opencv.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

constexpr float weight_one = 2048;  // 11 bits

/// For each wanted output: its two inputs, in values from the start of the row or column, and
/// their weights.
struct Taps {
  std::vector<std::int32_t> first, second;
  std::vector<std::int16_t> first_weight, second_weight;
};

/// The border differs by axis in OpenCV: beyond the first and last centre a column's weights become
/// 1 and 0, while a row keeps its weights and takes the border row twice, which rounds differently.
enum class Border { whole_weight, keep_weights };

Taps make_taps(int input, std::int64_t full_output, std::int64_t begin, int count, int step,
               Border border) {
  // Computed in double, then in float: the last bit of the weights depends on the order.
  const double scale = 1.0 / (static_cast<double>(full_output) / input);
  const auto size = static_cast<std::size_t>(count);
  Taps taps;
  taps.first.resize(size);
  taps.second.resize(size);
  taps.first_weight.resize(size);
  taps.second_weight.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double centre = static_cast<double>(begin + static_cast<std::int64_t>(i)) + 0.5;
    const float position = static_cast<float>(centre * scale - 0.5);
    int index = static_cast<int>(std::floor(position));
    float fraction = position - static_cast<float>(index);
    if (border == Border::whole_weight && (index < 0 || index >= input - 1)) {
      index = std::clamp(index, 0, input - 1);
      fraction = 0;
    }
    taps.first[i] = std::clamp(index, 0, input - 1) * step;
    taps.second[i] = std::clamp(index + 1, 0, input - 1) * step;
    taps.first_weight[i] = static_cast<std::int16_t>(std::lrint((1.0f - fraction) * weight_one));
    taps.second_weight[i] = static_cast<std::int16_t>(std::lrint(fraction * weight_one));
  }
  return taps;
}

/// One row between its columns, in units of 1/128: at most 255 · 128, which fits 16 bits.
template <int channels>
void blend_columns(const std::uint8_t* row, const Taps& taps, std::int16_t* out) {
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
  const Taps columns = make_taps(image.width, window.full_width, window.left, window.width,
                                 channels, Border::whole_weight);
  const Taps rows = make_taps(image.height, window.full_height, window.top, window.height, 1,
                              Border::keep_weights);
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

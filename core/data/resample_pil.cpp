#include "core/data/resample_pil.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "core/data/resample_taps.h"
#include "kernels/vectorised.h"

namespace plumbline {

namespace {

constexpr std::int32_t rounding_half = 1 << (pil_weight_bits - 1);

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> pil_weight_bits, 0, 255));
}

template <int channels>
void filter_row(const std::uint8_t* row, const PilTaps& taps, std::uint8_t* out) {
  for (std::size_t i = 0; i < taps.first.size(); ++i) {
    const std::uint8_t* from = row + static_cast<std::size_t>(taps.first[i]) * channels;
    const std::int32_t* weights = taps.weights.data() + taps.weights_at[i];
    std::int32_t sums[channels];
    for (int c = 0; c < channels; ++c) sums[c] = rounding_half;
    for (int t = 0; t < taps.count[i]; ++t) {
      for (int c = 0; c < channels; ++c) sums[c] += *from++ * weights[t];
    }
    for (int c = 0; c < channels; ++c) *out++ = to_byte(sums[c]);
  }
}

/// filter_row<3>, a pixel at a time in four lanes of which the last is lost; reads a byte beyond
/// the row's last pixel.
PLUMBLINE_VECTORISED
void filter_colour_row(const std::uint8_t* row, const int* first, const int* count,
                       const std::int32_t* weights, std::size_t outputs, std::uint8_t* out) {
  using FourSums = std::int32_t __attribute__((vector_size(16)));
  using FourWords = std::uint32_t __attribute__((vector_size(16)));
  constexpr FourWords shifts = {0, 8, 16, 24};
  for (std::size_t i = 0; i < outputs; ++i) {
    const std::uint8_t* from = row + static_cast<std::size_t>(first[i]) * 3;
    FourSums sums = {rounding_half, rounding_half, rounding_half, rounding_half};
    for (int t = 0; t < count[i]; ++t, from += 3) {
      std::uint32_t pixel = 0;  // its bytes in the order of a little-endian machine
      std::memcpy(&pixel, from, sizeof pixel);
      const FourWords values = (FourWords{pixel, pixel, pixel, pixel} >> shifts) & 255U;
      sums += reinterpret_cast<FourSums>(values) * *weights++;
    }
    for (int c = 0; c < 3; ++c) *out++ = to_byte(sums[c]);
  }
}

PLUMBLINE_VECTORISED
void add_row(const std::uint8_t* row, std::int32_t weight, std::size_t count,
             std::int32_t* __restrict sums) {
  for (std::size_t i = 0; i < count; ++i) sums[i] += row[i] * weight;
}

PLUMBLINE_VECTORISED
void round_row(const std::int32_t* sums, std::size_t count, std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = to_byte(sums[i]);
}

/// The image's rows, cut to the window's columns and filtered along x as they are first asked for,
/// in rising order. The last `kept` of them stay.
template <int channels>
class FilteredRows {
 public:
  FilteredRows(const Image& image, const ScaledWindow& window, int kept)
      : image_(image),
        left_(static_cast<std::size_t>(window.left) * channels),
        count_(static_cast<std::size_t>(window.width) * channels),
        kept_(kept) {
    if (window.full_width == image.width) return;
    taps_ = pil_taps(image.width, window.full_width, window.left, window.width);
    buffer_.resize(count_ * static_cast<std::size_t>(kept));
  }

  const std::uint8_t* row(int y) {
    const std::uint8_t* source = image_.pixels.data() + static_cast<std::size_t>(y) *
                                                            static_cast<std::size_t>(image_.width) *
                                                            channels;
    if (buffer_.empty()) return source + left_;
    std::uint8_t* filtered = buffer_.data() + count_ * static_cast<std::size_t>(y % kept_);
    if (y > last_) {
      constexpr bool in_lanes = channels == 3 && std::endian::native == std::endian::little;
      if (in_lanes && y + 1 < image_.height)  // behind the last row is nothing to be read
        filter_colour_row(source, taps_.first.data(), taps_.count.data(), taps_.weights.data(),
                          taps_.first.size(), filtered);
      else
        filter_row<channels>(source, taps_, filtered);
      last_ = y;
    }
    return filtered;
  }

 private:
  const Image& image_;
  std::size_t left_, count_;
  int kept_;
  int last_ = -1;
  PilTaps taps_;
  std::vector<std::uint8_t> buffer_;
};

template <int channels>
void resample_channels(const Image& image, const ScaledWindow& window, PixelTarget target) {
  const std::size_t count = static_cast<std::size_t>(window.width) * channels;
  if (window.full_height == image.height) {
    FilteredRows<channels> rows(image, window, 1);
    for (int y = 0; y < window.height; ++y)
      std::memcpy(target.row(y), rows.row(static_cast<int>(window.top) + y), count);
    return;
  }
  const PilTaps taps = pil_taps(image.height, window.full_height, window.top, window.height);
  FilteredRows<channels> rows(image, window, taps.longest);
  std::vector<std::int32_t> sums(count);
  for (int y = 0; y < window.height; ++y) {
    const auto i = static_cast<std::size_t>(y);
    std::fill(sums.begin(), sums.end(), rounding_half);
    for (int t = 0; t < taps.count[i]; ++t) {
      const std::int32_t weight = taps.weights[taps.weights_at[i] + static_cast<std::size_t>(t)];
      add_row(rows.row(taps.first[i] + t), weight, count, sums.data());
    }
    round_row(sums.data(), count, target.row(y));
  }
}

}  // namespace

void resample_pil(const Image& image, const ScaledWindow& window, PixelTarget target) {
  if (image.channels == 1) {
    resample_channels<1>(image, window, target);
  } else {
    resample_channels<3>(image, window, target);
  }
}

}  // namespace plumbline

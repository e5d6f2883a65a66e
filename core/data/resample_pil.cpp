#include "core/data/resample_pil.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/vectorised.h"

namespace plumbline {

namespace {

constexpr int weight_bits = 22;
constexpr std::int32_t rounding_half = 1 << (weight_bits - 1);

/// For each wanted output: a run of inputs and their weights, which sum to about 2^22.
struct PilTaps {
  std::vector<int> first, count;
  std::vector<std::size_t> weights_at;
  std::vector<std::int32_t> weights;
  int longest = 0;
};

PilTaps make_pil_taps(int input, std::int64_t full_output, std::int64_t begin, int count) {
  // Computed in double and in this order: the last bit of the weights depends on it.
  const double scale = static_cast<double>(input) / static_cast<double>(full_output);
  const double support = std::max(scale, 1.0);
  const double inverse = 1.0 / support;
  const auto size = static_cast<std::size_t>(count);
  PilTaps taps;
  taps.first.resize(size);
  taps.count.resize(size);
  taps.weights_at.resize(size);
  std::vector<double> weights;
  for (std::size_t i = 0; i < size; ++i) {
    const double centre = (static_cast<double>(begin + static_cast<std::int64_t>(i)) + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
    const int end = std::min(static_cast<int>(centre + support + 0.5), input);
    weights.clear();
    double sum = 0;
    for (int x = 0; x < end - first; ++x) {
      const double distance = std::abs((x + first - centre + 0.5) * inverse);
      const double weight = distance < 1.0 ? 1.0 - distance : 0.0;
      weights.push_back(weight);
      sum += weight;
    }
    taps.first[i] = first;
    taps.count[i] = end - first;
    taps.weights_at[i] = taps.weights.size();
    taps.longest = std::max(taps.longest, end - first);
    for (const double weight : weights) {
      const double normalised = sum != 0.0 ? weight / sum : weight;
      taps.weights.push_back(static_cast<std::int32_t>(0.5 + normalised * (1 << weight_bits)));
    }
  }
  return taps;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
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
    taps_ = make_pil_taps(image.width, window.full_width, window.left, window.width);
    buffer_.resize(count_ * static_cast<std::size_t>(kept));
  }

  const std::uint8_t* row(int y) {
    const std::uint8_t* source = image_.pixels.data() + static_cast<std::size_t>(y) *
                                                            static_cast<std::size_t>(image_.width) *
                                                            channels;
    if (buffer_.empty()) return source + left_;
    std::uint8_t* filtered = buffer_.data() + count_ * static_cast<std::size_t>(y % kept_);
    if (y > last_) {
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
  const PilTaps taps = make_pil_taps(image.height, window.full_height, window.top, window.height);
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

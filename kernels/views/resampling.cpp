#include "kernels/views/resampling.h"

#include <algorithm>
#include <cmath>

#include "kernels/vectorised.h"

namespace plumbline::views {

namespace {

PLUMBLINE_VECTORISED void add_row(const std::uint8_t* row, float weight, float* sum,
                                  std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += weight * static_cast<float>(row[i]);
}

/// One output row of one channel out of a row of sums.
PLUMBLINE_VECTORISED void gather_row(const float* sums, std::size_t channels, std::size_t channel,
                                     const AxisSampling& x, float* out) {
  const auto width = x.first.size();
  const auto taps = static_cast<std::size_t>(x.taps);
  for (std::size_t i = 0; i < width; ++i) {
    float value = 0;
    const float* from = sums + static_cast<std::size_t>(x.first[i]) * channels + channel;
    for (std::size_t t = 0; t < taps; ++t) value += x.weights[i * taps + t] * from[t * channels];
    out[i] = value;
  }
}

}  // namespace

AxisSampling sample_axis(int source, int output, const AxisSpan& shown, double factor,
                         double offset, bool antialias) {
  // Source pixels from one output pixel to the next.
  const double step = std::abs(factor) * source / shown.length;
  const double support = antialias ? std::max(1.0, step) : 1.0;
  AxisSampling axis;
  axis.taps = std::min(source, static_cast<int>(std::ceil(2 * support)) + 1);
  const auto taps = static_cast<std::size_t>(axis.taps);
  const auto count = static_cast<std::size_t>(output);
  axis.first.resize(count);
  axis.weights.resize(count * taps);
  axis.region.resize(count, Region::image);
  for (std::size_t i = 0; i < count; ++i) {
    const double f = (static_cast<double>(i) + 0.5 - shown.begin) / shown.length;
    const double centre = (factor * f + offset) * source;
    // An edge belongs to the image, whichever way its computation was rounded.
    constexpr double edge = 1e-9;
    if (f < -edge || f > 1 + edge)
      axis.region[i] = Region::padding;
    else if (centre < -edge * source || centre > source * (1 + edge))
      axis.region[i] = Region::outside;
    const double inside = std::clamp(centre, 0.5, source - 0.5);
    const int begin =
        std::clamp(static_cast<int>(std::floor(inside - support - 0.5)) + 1, 0, source - axis.taps);
    axis.first[i] = begin;
    double sum = 0;
    std::vector<double> weights(taps);
    for (std::size_t t = 0; t < taps; ++t) {
      const double distance = std::abs(begin + static_cast<double>(t) + 0.5 - inside) / support;
      weights[t] = std::max(0.0, 1 - distance);
      sum += weights[t];
    }
    for (std::size_t t = 0; t < taps; ++t)
      axis.weights[i * taps + t] = static_cast<float>(weights[t] / sum);
  }
  return axis;
}

PixelRectangle image_rectangle(const AxisSampling& x, const AxisSampling& y) {
  const auto range = [](const AxisSampling& axis) {
    const auto begin = std::ranges::find(axis.region, Region::image);
    const auto end = std::find_if(begin, axis.region.end(),
                                  [](Region region) { return region != Region::image; });
    return std::pair(static_cast<int>(begin - axis.region.begin()),
                     static_cast<int>(end - axis.region.begin()));
  };
  const auto [left, right] = range(x);
  const auto [top, bottom] = range(y);
  return {left, top, right, bottom};
}

void resample(const PixelView& source, const AxisSampling& x, const AxisSampling& y,
              const Fill& fill, Levels& out) {
  const auto width = x.first.size(), height = y.first.size();
  const auto channels = static_cast<std::size_t>(source.channels);
  const auto taps = static_cast<std::size_t>(y.taps);
  out.reshape(static_cast<int>(width), static_cast<int>(height), source.channels);
  out.valid = image_rectangle(x, y);
  std::vector<float> sums(source.row_values());
  for (std::size_t row = 0; row < height; ++row) {
    if (y.region[row] == Region::image) {
      std::ranges::fill(sums, 0.0F);
      for (std::size_t t = 0; t < taps; ++t)
        if (const float weight = y.weights[row * taps + t]; weight != 0)
          add_row(
              source.pixels + (static_cast<std::size_t>(y.first[row]) + t) * source.row_values(),
              weight, sums.data(), sums.size());
    }
    for (std::size_t c = 0; c < channels; ++c) {
      float* to = out.plane(static_cast<int>(c)) + row * width;
      if (y.region[row] == Region::image) gather_row(sums.data(), channels, c, x, to);
      for (std::size_t i = 0; i < width; ++i) {
        const Region region = std::max(x.region[i], y.region[row]);
        if (region == Region::image) continue;
        to[i] = region == Region::outside ? fill.outside[c] : fill.padding[c];
      }
    }
  }
}

void permute(const PixelView& source, const Placement& placement, std::uint8_t* out) {
  const auto channels = static_cast<std::ptrdiff_t>(source.channels);
  const auto row_values = static_cast<std::ptrdiff_t>(source.row_values());
  // Walking along a row of the output walks along a column of the source where it is transposed.
  const std::ptrdiff_t right = placement.mirrors_x() ? -channels : channels;
  const std::ptrdiff_t down = placement.mirrors_y() ? -row_values : row_values;
  const std::ptrdiff_t along = placement.transposed ? down : right;
  const std::ptrdiff_t across = placement.transposed ? right : down;
  const std::uint8_t* corner = source.pixels + (placement.mirrors_x() ? row_values - channels : 0) +
                               (placement.mirrors_y() ? (source.height - 1) * row_values : 0);
  for (int y = 0; y < placement.frame.height; ++y, corner += across) {
    const std::uint8_t* from = corner;
    for (int x = 0; x < placement.frame.width; ++x, from += along)
      for (std::ptrdiff_t c = 0; c < channels; ++c) *out++ = from[c];
  }
}

}  // namespace plumbline::views

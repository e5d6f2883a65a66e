#include "core/data/resample_taps.h"

#include <algorithm>
#include <cmath>

namespace plumbline {

namespace {

constexpr float opencv_weight_one = 2048;  // 11 bits

}  // namespace

PilTaps pil_taps(int input, std::int64_t full_output, std::int64_t begin, int count) {
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
      taps.weights.push_back(static_cast<std::int32_t>(0.5 + normalised * (1 << pil_weight_bits)));
    }
  }
  return taps;
}

OpencvTaps opencv_taps(int input, std::int64_t full_output, std::int64_t begin, int count,
                       OpencvAxis axis) {
  // Computed in double, then in float: the last bit of the weights depends on the order.
  const double scale = 1.0 / (static_cast<double>(full_output) / input);
  const auto size = static_cast<std::size_t>(count);
  OpencvTaps taps;
  taps.first.resize(size);
  taps.second.resize(size);
  taps.first_weight.resize(size);
  taps.second_weight.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double centre = static_cast<double>(begin + static_cast<std::int64_t>(i)) + 0.5;
    const float position = static_cast<float>(centre * scale - 0.5);
    int index = static_cast<int>(std::floor(position));
    float fraction = position - static_cast<float>(index);
    if (axis == OpencvAxis::columns && (index < 0 || index >= input - 1)) {
      index = std::clamp(index, 0, input - 1);
      fraction = 0;
    }
    taps.first[i] = std::clamp(index, 0, input - 1);
    taps.second[i] = std::clamp(index + 1, 0, input - 1);
    taps.first_weight[i] =
        static_cast<std::int16_t>(std::lrint((1.0f - fraction) * opencv_weight_one));
    taps.second_weight[i] = static_cast<std::int16_t>(std::lrint(fraction * opencv_weight_one));
  }
  return taps;
}

}  // namespace plumbline

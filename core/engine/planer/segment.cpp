#include "core/engine/planer/segment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace plumbline {

at::Tensor sinusoids(std::int64_t count, std::int64_t width, std::int64_t clamp) {
  at::Tensor table = at::empty({count, width}, at::kFloat);
  auto* out = table.mutable_data_ptr<float>();
  const std::int64_t half = width / 2;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t distance = count - 1 - i;
    if (clamp > 0) distance = std::min(distance, clamp);
    for (std::int64_t j = 0; j < half; ++j) {
      const double angle =
          static_cast<double>(distance) /
          std::pow(10000.0, 2.0 * static_cast<double>(j) / static_cast<double>(width));
      out[i * width + j] = static_cast<float>(std::sin(angle));
      out[i * width + half + j] = static_cast<float>(std::cos(angle));
    }
  }
  return table;
}

at::Tensor attention_mask(std::int64_t length, std::int64_t memory, bool same_length,
                          std::int64_t capacity) {
  const std::int64_t keys = length + memory;
  at::Tensor mask = at::zeros({length, keys}, at::kFloat);
  auto* out = mask.mutable_data_ptr<float>();
  const std::int64_t extra = keys - std::max<std::int64_t>(capacity, 1);
  const std::int64_t shift = extra > 0 ? length - extra : length;
  for (std::int64_t i = 0; i < length; ++i)
    for (std::int64_t j = 0; j < keys; ++j)
      if (j > memory + i || (same_length && j <= i - shift))
        out[i * keys + j] = -std::numeric_limits<float>::infinity();
  return mask;
}

}  // namespace plumbline

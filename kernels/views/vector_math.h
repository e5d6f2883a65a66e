#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

/// Elementary functions without branches and calls, so that loops over them become vectors.
/// Relative errors below 3e-7 in the ranges that are stated.
namespace plumbline::views {

/// Base-2 logarithm of a positive, normal number.
inline float fast_log2(float value) {
  const auto bits = std::bit_cast<std::int32_t>(value);
  // The mantissa from √½ to √2, so that the series is short.
  const std::int32_t exponent = (bits - 0x3f3504f3) >> 23;
  const float mantissa = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (mantissa - 1) / (mantissa + 1), q = s * s;
  const float series = 1 + q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9))));
  return static_cast<float>(exponent) + 2.885390082F * s * series;
}

/// 2^value for −126 < value < 127.
inline float fast_exp2(float value) {
  const float whole =
      static_cast<float>(static_cast<std::int32_t>(value + std::copysign(0.5F, value)));
  const float x = (value - whole) * 0.6931471806F;
  const float series =
      1 +
      x * (1 + x * (0.5F + x * (1.0F / 6 + x * (1.0F / 24 + x * (1.0F / 120 + x * (1.0F / 720))))));
  return series * std::bit_cast<float>((static_cast<std::int32_t>(whole) + 127) << 23);
}

/// cos and sin of 2π · turns, 0 ≤ turns < 1.
struct CosSin {
  float cos, sin;
};
inline CosSin fast_cos_sin(float turns) {
  // To the nearest quarter turn; the rest is within ±⅛.
  const auto quarter = static_cast<std::int32_t>(turns * 4 + 0.5F);
  const float x = (turns - static_cast<float>(quarter) * 0.25F) * 6.283185307F, q = x * x;
  const float sine =
      x * (1 - q * (1.0F / 6 - q * (1.0F / 120 - q * (1.0F / 5040 - q * (1.0F / 362880)))));
  const float cosine = 1 - q * (0.5F - q * (1.0F / 24 - q * (1.0F / 720 - q * (1.0F / 40320))));
  const bool swapped = (quarter & 1) != 0;
  const float a = swapped ? sine : cosine, b = swapped ? cosine : sine;
  return {((quarter + 1) & 2) != 0 ? -a : a, (quarter & 2) != 0 ? -b : b};
}

}  // namespace plumbline::views

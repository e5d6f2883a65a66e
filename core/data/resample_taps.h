#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace plumbline {

/// How PIL makes the values of an axis: for each wanted output a run of inputs and their weights,
/// which sum to about 2^pil_weight_bits.
struct PilTaps {
  std::vector<int> first, count;
  std::vector<std::size_t> weights_at;
  std::vector<std::int32_t> weights;
  int longest = 0;
};
inline constexpr int pil_weight_bits = 22;

/// Of outputs [begin, begin + count) of an axis of `input` values that is scaled to `full_output`.
PilTaps pil_taps(int input, std::int64_t full_output, std::int64_t begin, int count);

/// How OpenCV's 8-bit INTER_LINEAR makes the values of an axis: for each wanted output its two
/// inputs, which may be the same, and their weights of 11 bits.
struct OpencvTaps {
  std::vector<std::int32_t> first, second;
  std::vector<std::int16_t> first_weight, second_weight;
};

/// The border differs by axis in OpenCV: beyond the first and last centre a column's weights become
/// 1 and 0, while a row keeps its weights and takes the border row twice, which rounds differently.
enum class OpencvAxis { columns, rows };

/// As pil_taps.
OpencvTaps opencv_taps(int input, std::int64_t full_output, std::int64_t begin, int count,
                       OpencvAxis axis);

}  // namespace plumbline

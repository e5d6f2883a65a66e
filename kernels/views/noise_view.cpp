#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/philox.h"
#include "kernels/views/vector_math.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"sigma, grey levels", 8, 0, 128},
                                        {"seed", 0, 0, 1'000'000'000, true}};

/// Box and Muller: two uniform numbers become two normal ones, distance and direction. The four
/// numbers of a counter go to four quarters of the image, so that neighbours are independent
/// counters and each quarter is written in order.
PLUMBLINE_VECTORISED void add_noise(float* levels, float sigma, std::uint32_t seed,
                                    std::uint64_t sample, std::size_t n) {
  const std::size_t quarter = (n + 3) / 4;
  float* parts[4];
  std::size_t counts[4];
  for (std::size_t k = 0; k < 4; ++k) {
    parts[k] = levels + (k * quarter < n ? k * quarter : n);
    counts[k] = k * quarter < n ? (n - k * quarter < quarter ? n - k * quarter : quarter) : 0;
  }
  constexpr std::size_t block = 64;
  float normal[4][block];
  for (std::size_t begin = 0; begin < quarter; begin += block) {
    for (std::size_t i = 0; i < block; ++i) {
      const PhiloxBlock random = philox(static_cast<std::uint32_t>(begin + i), sample, seed);
      const float far0 = std::sqrt(-1.386294361F * fast_log2(unit_interval(random.word[0])));
      const float far1 = std::sqrt(-1.386294361F * fast_log2(unit_interval(random.word[2])));
      const CosSin to0 = fast_cos_sin(unit_interval(random.word[1]));
      const CosSin to1 = fast_cos_sin(unit_interval(random.word[3]));
      normal[0][i] = far0 * to0.cos;
      normal[1][i] = far0 * to0.sin;
      normal[2][i] = far1 * to1.cos;
      normal[3][i] = far1 * to1.sin;
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t end = counts[k] < begin ? begin : counts[k];
      const std::size_t length = end - begin < block ? end - begin : block;
      for (std::size_t i = 0; i < length; ++i) parts[k][begin + i] += sigma * normal[k][i];
    }
  }
}

void apply(Levels& levels, const StepValues& values, const ViewContext& context) {
  add_noise(levels.values.data(), static_cast<float>(values[0]),
            static_cast<std::uint32_t>(values[1]), static_cast<std::uint64_t>(context.sample),
            levels.values.size());
}

}  // namespace

extern const ViewKind noise_view;
const ViewKind noise_view = {.name = "noise",
                             .summary = "Gaussian noise, the same for the same sample and seed",
                             .parameters = parameters,
                             .apply = apply};

}  // namespace plumbline::views

#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/vector_math.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"exponent g", 0.8, 0.2, 5}};

double tone(double level, const StepValues& values) {
  return 255 * std::pow(level / 255, values[0]);
}

PLUMBLINE_VECTORISED void raise(float* levels, float exponent, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const float x = levels[i] * (1.0F / 255);
    // Below a ten-millionth of a level the power is not told from that of 0.
    const float safe = x > 1e-12F ? x : 1e-12F;
    levels[i] = x > 1e-12F ? 255 * fast_exp2(exponent * fast_log2(safe)) : 0;
  }
}

void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  raise(levels.values.data(), static_cast<float>(values[0]), levels.values.size());
}

}  // namespace

extern const ViewKind gamma_view;
const ViewKind gamma_view = {.name = "gamma",
                             .summary = "255 (v/255)^g: below 1 brightens",
                             .parameters = parameters,
                             .tone = tone,
                             .apply = apply};

}  // namespace plumbline::views

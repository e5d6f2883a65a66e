#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

PLUMBLINE_VECTORISED void transform(float* plane, float factor, float offset, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) plane[i] = plane[i] * factor + offset;
}

/// The network's input x is (v · scale − mean) / std; it becomes (x − m) / s, with m and s of all
/// its values. In levels that is linear, channel by channel.
void apply(Levels& levels, const StepValues&, const ViewContext& context) {
  double sum = 0, squares = 0;
  for (int c = 0; c < levels.channels; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    const float* plane = levels.plane(c);
    double level_sum = 0, level_squares = 0;
    for (std::size_t i = 0; i < levels.plane_size(); ++i) {
      const double v = plane[i];
      level_sum += v;
      level_squares += v * v;
    }
    const double a = context.scale / context.std[channel];
    const double b = -context.mean[channel] / context.std[channel];
    const auto n = static_cast<double>(levels.plane_size());
    sum += a * level_sum + b * n;
    squares += a * a * level_squares + 2 * a * b * level_sum + b * b * n;
  }
  const auto n = static_cast<double>(levels.values.size());
  const double mean = sum / n, variance = squares / n - mean * mean;
  // An image of one level has no contrast to normalise.
  const double deviation = variance > 1e-12 ? std::sqrt(variance) : 1;
  for (int c = 0; c < levels.channels; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    const double offset = (context.mean[channel] - context.mean[channel] / deviation -
                           mean * context.std[channel] / deviation) /
                          context.scale;
    transform(levels.plane(c), static_cast<float>(1 / deviation), static_cast<float>(offset),
              levels.plane_size());
  }
}

}  // namespace

extern const ViewKind connorm_view;
const ViewKind connorm_view = {
    .name = "connorm",
    .summary = "contrast normalised: the network's input has mean 0 and variance 1",
    .apply = apply,
    .unclamped = true};

}  // namespace plumbline::views

#include <algorithm>
#include <cmath>

#include "kernels/vectorised.h"
#include "kernels/views/reflection.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"sigma, pixels", 1, 0.1, 10}};

PLUMBLINE_VECTORISED void add_row(const float* row, float weight, float* sum, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += weight * row[i];
}

/// Four deviations to either side, as OpenCV takes for floating-point images.
std::vector<float> gaussian(double sigma) {
  const int radius = (static_cast<int>(std::nearbyint(8 * sigma + 1)) | 1) / 2;
  std::vector<double> weights;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    weights.push_back(std::exp(-i * i / (2 * sigma * sigma)));
    sum += weights.back();
  }
  std::vector<float> normalised;
  for (const double weight : weights) normalised.push_back(static_cast<float>(weight / sum));
  return normalised;
}

void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  const auto weights = gaussian(values[0]);
  const int radius = static_cast<int>(weights.size() / 2);
  const auto width = static_cast<std::size_t>(levels.width);
  const auto reach = static_cast<std::size_t>(radius);
  thread_local std::vector<float> columns, row;
  columns.resize(levels.plane_size());
  row.resize(width + 2 * reach);
  for (int c = 0; c < levels.channels; ++c) {
    float* plane = levels.plane(c);
    for (int y = 0; y < levels.height; ++y) {
      float* sum = columns.data() + static_cast<std::size_t>(y) * width;
      std::fill_n(sum, width, 0.0F);
      for (int k = -radius; k <= radius; ++k)
        add_row(plane + static_cast<std::size_t>(reflected(y + k, levels.height)) * width,
                weights[static_cast<std::size_t>(k + radius)], sum, width);
    }
    for (int y = 0; y < levels.height; ++y) {
      const float* sums = columns.data() + static_cast<std::size_t>(y) * width;
      for (int x = -radius; x < levels.width + radius; ++x)
        row[static_cast<std::size_t>(x + radius)] = sums[reflected(x, levels.width)];
      float* out = plane + static_cast<std::size_t>(y) * width;
      std::fill_n(out, width, 0.0F);
      for (std::size_t k = 0; k < weights.size(); ++k)
        add_row(row.data() + k, weights[k], out, width);
    }
  }
}

}  // namespace

extern const ViewKind blur_view;
const ViewKind blur_view = {
    .name = "blur", .summary = "Gaussian blur", .parameters = parameters, .apply = apply};

}  // namespace plumbline::views

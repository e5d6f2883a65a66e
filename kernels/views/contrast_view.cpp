#include "kernels/vectorised.h"
#include "kernels/views/luma.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"factor c", 1.2, 0.1, 5}};

PLUMBLINE_VECTORISED void spread(float* levels, float mean, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) levels[i] = (levels[i] - mean) * factor + mean;
}

/// About the image's mean luma (as PIL and torchvision do), padding left out.
void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  thread_local std::vector<float> luma;
  luma_of(levels, luma);
  const PixelRectangle& r = levels.valid;
  double sum = 0;
  for (int y = r.top; y < r.bottom; ++y)
    for (int x = r.left; x < r.right; ++x)
      sum += luma[static_cast<std::size_t>(y) * static_cast<std::size_t>(levels.width) +
                  static_cast<std::size_t>(x)];
  const double count = static_cast<double>(r.right - r.left) * (r.bottom - r.top);
  if (count == 0) return;
  spread(levels.values.data(), static_cast<float>(sum / count), static_cast<float>(values[0]),
         levels.values.size());
}

}  // namespace

extern const ViewKind contrast_view;
const ViewKind contrast_view = {.name = "contrast",
                                .summary = "(v − mean) c + mean, about the image's mean luma",
                                .parameters = parameters,
                                .apply = apply};

}  // namespace plumbline::views

#include "kernels/vectorised.h"
#include "kernels/views/luma.h"
#include "kernels/views/view_kind.h"

namespace plumbline::views {

namespace {

constexpr ViewParameter parameters[] = {{"factor s", 1.3, 0, 3}};

PLUMBLINE_VECTORISED void spread(float* plane, const float* luma, float factor, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) plane[i] = (plane[i] - luma[i]) * factor + luma[i];
}

void apply(Levels& levels, const StepValues& values, const ViewContext&) {
  thread_local std::vector<float> luma;
  luma_of(levels, luma);
  for (int c = 0; c < levels.channels; ++c)
    spread(levels.plane(c), luma.data(), static_cast<float>(values[0]), luma.size());
}

}  // namespace

extern const ViewKind saturation_view;
const ViewKind saturation_view = {.name = "saturation",
                                  .summary = "away from luma by a factor: 0 is grey",
                                  .parameters = parameters,
                                  .apply = apply,
                                  .needs_colour = true};

}  // namespace plumbline::views

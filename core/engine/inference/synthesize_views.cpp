#include "core/engine/inference/synthesize_views.h"

#include <vector>

#include "kernels/view_synthesis.h"

namespace plumbline {

at::Tensor synthesize_views(const CardInput& input, std::span<const View> views,
                            const CanvasBatch& batch, Precision precision) {
  std::vector<std::vector<ViewStep>> steps;
  for (const View& view : views) steps.emplace_back(view.steps().begin(), view.steps().end());
  const kernels::BatchFacts facts{batch.places, batch.valid,
                                  input.resize.interpolation == Interpolation::bilinear_antialias};
  return kernels::view_synthesis(batch.images, steps,
                                 {input.scale, input.mean, input.std, input.colour_order == "BGR"},
                                 scalar_type(precision), facts);
}

}  // namespace plumbline

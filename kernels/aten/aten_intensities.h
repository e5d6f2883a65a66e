#pragma once
#include <ATen/core/Tensor.h>

#include "kernels/view_plan.h"

namespace plumbline::kernels {

/// What an intensity in ATen may look at besides the levels.
struct IntensityContext {
  const ViewPlan& plan;
  const at::Tensor& valid;  ///< bool [batch, 1, height, width]
};

/// levels: float32 [batch, channels, height, width], RGB; returns the new ones, not yet clamped.
using AtenIntensity = at::Tensor (*)(const at::Tensor& levels, const views::StepValues& values,
                                     const IntensityContext& context);

/// The form of a view's intensity in ATen, or null.
AtenIntensity aten_intensity(const views::ViewKind& kind);

}  // namespace plumbline::kernels

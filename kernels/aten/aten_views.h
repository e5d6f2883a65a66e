#pragma once
#include <vector>

#include <ATen/core/Tensor.h>

#include "kernels/view_plan.h"

namespace plumbline::kernels {

/// A view of a whole batch in plain ATen operations on the images' device: what a GPU computes
/// where a view is no table. Runs on a CPU as well, so that it is tested against the CPU's kernel.
/// A view without a form in ATen (`has_aten_form`) is computed by the CPU's kernel and copied.
/// Returns normalised values, float32 [batch, channels, height, width], by output channel.
at::Tensor view_by_aten(const ViewPlan& plan, const PlannedView& view, const at::Tensor& images);

bool has_aten_form(const views::ViewKind& kind);

}  // namespace plumbline::kernels

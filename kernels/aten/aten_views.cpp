#include "kernels/aten/aten_views.h"

#include <algorithm>
#include <cmath>

#include <ATen/ATen.h>

#include "kernels/aten/aten_intensities.h"
#include "kernels/view_synthesis.h"

namespace plumbline::kernels {

namespace {

at::Tensor on(const at::Tensor& like, const std::vector<int>& values) {
  return at::tensor(at::ArrayRef<int>(values), at::kInt).to(like.device(), at::kLong);
}

/// Samples one axis by its taps: a gather for each, in float32 whatever products are allowed.
at::Tensor sample(const at::Tensor& levels, int64_t axis, const views::AxisSampling& sampling) {
  const auto count = sampling.first.size();
  const auto taps = static_cast<size_t>(sampling.taps);
  at::Tensor sum;
  for (size_t t = 0; t < taps; ++t) {
    std::vector<int> index(count);
    std::vector<float> weight(count);
    bool any = false;
    for (size_t i = 0; i < count; ++i) {
      index[i] = sampling.first[i] + static_cast<int>(t);
      weight[i] = sampling.weights[i * taps + t];
      any |= weight[i] != 0;
    }
    if (!any) continue;
    at::Tensor factor = at::tensor(weight).to(levels.device());
    if (axis == 2) factor = factor.unsqueeze(1);
    const at::Tensor part = levels.index_select(axis, on(levels, index)) * factor;
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

at::Tensor move_pixels(at::Tensor levels, const views::Placement& placement) {
  if (placement.mirrors_x()) levels = levels.flip({3});
  if (placement.mirrors_y()) levels = levels.flip({2});
  return placement.transposed ? levels.transpose(2, 3) : levels;
}

/// What `views::place_levels` does, for a batch. Gives the rectangle that shows the image.
at::Tensor place(const ViewPlan& plan, const views::Placement& placement, at::Tensor levels,
                 views::PixelRectangle& valid) {
  const auto frame = plan.frame();
  valid = {0, 0, frame.width, frame.height};
  if (placement.permutes() && placement.frame == frame) return move_pixels(levels, placement);
  const bool t = placement.transposed;
  if (t) levels = levels.transpose(2, 3);
  const auto x = views::sample_axis(
      static_cast<int>(levels.size(3)), frame.width, {0, static_cast<double>(frame.width)},
      t ? placement.y : placement.x, t ? placement.y0 : placement.x0, plan.antialias);
  const auto y = views::sample_axis(
      static_cast<int>(levels.size(2)), frame.height, {0, static_cast<double>(frame.height)},
      t ? placement.x : placement.y, t ? placement.x0 : placement.y0, plan.antialias);
  valid = views::image_rectangle(x, y);
  const at::Tensor sampled = sample(sample(levels, 2, y), 3, x);
  const auto outside = [&](const views::AxisSampling& axis) {
    std::vector<int> flags;
    for (const auto region : axis.region) flags.push_back(region != views::Region::image);
    return on(levels, flags).to(at::kBool);
  };
  const at::Tensor empty = outside(y).unsqueeze(1).logical_or(outside(x));
  std::vector<float> fill(plan.fill.outside.begin(), plan.fill.outside.begin() + plan.channels);
  return at::where(empty, at::tensor(fill).to(levels.device()).view({1, -1, 1, 1}), sampled);
}

/// [batch, 1, height, width]: where the image is.
at::Tensor valid_mask(const ViewPlan& plan, const PlannedView& view,
                      const views::PixelRectangle& rectangle, const at::Tensor& images) {
  const auto options = at::TensorOptions(images.device()).dtype(at::kLong);
  const at::Tensor columns = at::arange(plan.width, options).view({1, 1, 1, -1});
  const at::Tensor rows = at::arange(plan.height, options).view({1, 1, -1, 1});
  at::Tensor sides;
  if (plan.valid.defined() && view.placement == views::whole(plan.frame()))
    sides = plan.valid.to(images.device(), at::kLong);
  else
    sides = on(images, {rectangle.left, rectangle.top, rectangle.right, rectangle.bottom})
                .unsqueeze(0)
                .expand({plan.batch, 4});
  const auto side = [&](int64_t i) { return sides.select(1, i).view({-1, 1, 1, 1}); };
  return (columns >= side(0)) & (columns < side(2)) & (rows >= side(1)) & (rows < side(3));
}

at::Tensor on_the_cpu(const ViewPlan& plan, const PlannedView& view, const at::Tensor& images) {
  std::vector<std::vector<views::ViewStep>> views = {view.steps};
  const Normalisation normalisation{plan.context.scale, plan.mean, plan.std, plan.reverse_channels};
  return view_synthesis(images.to(at::kCPU), views, normalisation, at::kFloat,
                        {plan.samples, plan.valid, plan.antialias})[0]
      .to(images.device());
}

}  // namespace

bool has_aten_form(const views::ViewKind& kind) {
  return kind.geometric() || kind.apply == nullptr || aten_intensity(kind) != nullptr;
}

at::Tensor view_by_aten(const ViewPlan& plan, const PlannedView& view, const at::Tensor& images) {
  if (!std::ranges::all_of(view.steps, [](const auto& step) { return has_aten_form(*step.kind); }))
    return on_the_cpu(plan, view, images);
  views::PixelRectangle rectangle;
  at::Tensor levels = place(plan, view.placement,
                            images.permute({0, 3, 1, 2}).to(at::kFloat).contiguous(), rectangle)
                          .contiguous();
  const at::Tensor mask = valid_mask(plan, view, rectangle, images);
  for (const auto& [kind, values] : view.steps) {
    if (kind->geometric()) continue;
    levels = aten_intensity(*kind)(levels, values, {plan, mask});
    if (!kind->unclamped) levels = levels.clamp(0, 255);
  }
  if (plan.reverse_channels) levels = levels.flip({1});
  std::vector<float> factor, offset;
  for (size_t c = 0; c < plan.mean.size(); ++c) {
    factor.push_back(static_cast<float>(plan.context.scale / plan.std[c]));
    offset.push_back(static_cast<float>(-plan.mean[c] / plan.std[c]));
  }
  const auto column = [&](const std::vector<float>& numbers) {
    return at::tensor(numbers).to(images.device()).view({1, -1, 1, 1});
  };
  return levels * column(factor) + column(offset);
}

}  // namespace plumbline::kernels

#include "kernels/view_plan.h"

#include <algorithm>

#include <ATen/ops/empty.h>

namespace plumbline::kernels {

namespace {

void check_images(const at::Tensor& images) {
  TORCH_CHECK(images.scalar_type() == at::kByte || images.scalar_type() == at::kFloat,
              "view_synthesis: images must be uint8 or float32, not ", images.scalar_type());
  TORCH_CHECK(images.dim() == 4,
              "view_synthesis: images must be [batch, height, width, channels], "
              "not of ",
              images.dim(), " dimensions");
  TORCH_CHECK(images.is_contiguous(), "view_synthesis: images must be contiguous");
  TORCH_CHECK(images.size(3) == 1 || images.size(3) == 3, "view_synthesis: 1 or 3 channels, not ",
              images.size(3));
  TORCH_CHECK(images.size(1) < (1 << 20) && images.size(2) < (1 << 20),
              "view_synthesis: an image of ", images.size(2), " x ", images.size(1),
              " is too large");
}

/// Whether every intensity of a view maps levels one by one.
bool maps_levels(const std::vector<views::ViewStep>& steps) {
  return std::ranges::all_of(steps, [](const views::ViewStep& step) {
    return step.kind->tone != nullptr || step.kind->apply == nullptr;
  });
}

double toned(double level, const std::vector<views::ViewStep>& steps) {
  for (const auto& [kind, values] : steps)
    if (kind->tone != nullptr) level = std::clamp(kind->tone(level, values), 0.0, 255.0);
  return level;
}

}  // namespace

ViewPlan make_view_plan(const at::Tensor& images, const ViewArguments& arguments) {
  check_images(images);
  const auto dtype = arguments.dtype;
  TORCH_CHECK(dtype == at::kFloat || dtype == at::kHalf || dtype == at::kBFloat16,
              "view_synthesis: dtype must be float32, float16 or bfloat16, not ", dtype);
  TORCH_CHECK(2 * arguments.steps.size() == arguments.values.size(),
              "view_synthesis: ", arguments.steps.size(), " steps but ", arguments.values.size(),
              " values, not two each");
  ViewPlan plan;
  plan.batch = images.size(0);
  plan.height = images.size(1);
  plan.width = images.size(2);
  plan.channels = images.size(3);
  plan.reverse_channels = arguments.reverse_channels && plan.channels == 3;
  plan.antialias = arguments.antialias;
  const auto channels = static_cast<size_t>(plan.channels);
  TORCH_CHECK(arguments.mean.size() == channels && arguments.std.size() == channels,
              "view_synthesis: mean and std must "
              "have one value for each of ",
              channels, " channels");
  plan.mean = arguments.mean.vec();
  plan.std = arguments.std.vec();
  plan.context.scale = arguments.scale;
  for (int64_t c = 0; c < plan.channels; ++c) {
    const auto from = static_cast<size_t>(plan.source_channel(c)), to = static_cast<size_t>(c);
    plan.context.mean[from] = plan.mean[to];
    plan.context.std[from] = plan.std[to];
    const auto level = static_cast<float>(std::clamp(plan.mean[to] / arguments.scale, 0.0, 255.0));
    plan.fill.outside[from] = plan.fill.padding[from] = level;
  }

  if (arguments.samples) {
    TORCH_CHECK(arguments.samples->scalar_type() == at::kLong && arguments.samples->dim() == 1 &&
                    arguments.samples->size(0) == plan.batch,
                "view_synthesis: samples must be int64, one for each of ", plan.batch, " images");
    plan.samples = arguments.samples->to(at::kCPU).contiguous();
  }
  if (arguments.valid) {
    TORCH_CHECK(arguments.valid->scalar_type() == at::kInt && arguments.valid->dim() == 2 &&
                    arguments.valid->size(0) == plan.batch && arguments.valid->size(1) == 4,
                "view_synthesis: valid must be int32 [batch, 4]");
    plan.valid = arguments.valid->to(at::kCPU).contiguous();
    const auto* sides = plan.valid.const_data_ptr<int32_t>();
    for (int64_t i = 0; i < plan.batch; ++i, sides += 4)
      TORCH_CHECK(0 <= sides[0] && sides[0] <= sides[2] && sides[2] <= plan.width &&
                      0 <= sides[1] && sides[1] <= sides[3] && sides[3] <= plan.height,
                  "view_synthesis: the valid rectangle of image ", i, " lies outside of it");
  }

  size_t next = 0;
  for (const int64_t count : arguments.counts) {
    PlannedView view;
    TORCH_CHECK(count >= 0 && next + static_cast<size_t>(count) <= arguments.steps.size(),
                "view_synthesis: the counts do not fit the steps");
    for (int64_t i = 0; i < count; ++i, ++next) {
      const std::string name = arguments.steps.get(next);
      const auto* kind = views::find_view(name);
      TORCH_CHECK(kind != nullptr, "view_synthesis: there is no view '", name, "'");
      TORCH_CHECK(!kind->geometric() || images.scalar_type() == at::kByte, "view_synthesis: '",
                  name, "' needs uint8 images");
      view.steps.push_back({kind, {arguments.values[2 * next], arguments.values[2 * next + 1]}});
    }
    view.placement = views::placement_of(view.steps, plan.frame());
    if (images.scalar_type() == at::kByte && maps_levels(view.steps) && view.placement.permutes() &&
        view.placement.frame == plan.frame()) {
      view.table.reserve(channels * 256);
      for (size_t c = 0; c < channels; ++c)
        for (int level = 0; level < 256; ++level)
          view.table.push_back(static_cast<float>(
              (toned(level, view.steps) * arguments.scale - plan.mean[c]) / plan.std[c]));
    }
    plan.views.push_back(std::move(view));
  }
  TORCH_CHECK(next == arguments.steps.size(), "view_synthesis: the counts do not fit the steps");
  return plan;
}

at::Tensor empty_views(const ViewPlan& plan, const at::Tensor& images, at::ScalarType dtype) {
  return at::empty({static_cast<int64_t>(plan.views.size()), plan.batch, plan.height, plan.width,
                    plan.channels},
                   images.options().dtype(dtype))
      .permute({0, 1, 4, 2, 3});
}

}  // namespace plumbline::kernels

#include "kernels/view_plan.h"

#include <algorithm>

#include <ATen/ops/empty.h>

#include "kernels/view_definitions.h"

namespace plumbline::kernels {

ViewPlan make_view_plan(const at::Tensor& images, const c10::List<std::string>& views,
                        at::ArrayRef<double> values, double scale, at::ArrayRef<double> mean,
                        at::ArrayRef<double> std, bool reverse_channels, at::ScalarType dtype) {
  TORCH_CHECK(images.scalar_type() == at::kByte, "view_synthesis: images must be uint8, not ",
              images.scalar_type());
  TORCH_CHECK(images.dim() == 4,
              "view_synthesis: images must be [batch, height, width, channels], "
              "not of ",
              images.dim(), " dimensions");
  TORCH_CHECK(images.is_contiguous(), "view_synthesis: images must be contiguous");
  TORCH_CHECK(dtype == at::kFloat || dtype == at::kHalf || dtype == at::kBFloat16,
              "view_synthesis: dtype must be float32, float16 or bfloat16, not ", dtype);
  TORCH_CHECK(views.size() == values.size(), "view_synthesis: ", views.size(), " views but ",
              values.size(), " values");
  ViewPlan plan;
  plan.views = static_cast<int64_t>(views.size());
  plan.batch = images.size(0);
  plan.height = images.size(1);
  plan.width = images.size(2);
  plan.channels = images.size(3);
  plan.reverse_channels = reverse_channels;
  TORCH_CHECK(plan.channels == 1 || plan.channels == 3, "view_synthesis: 1 or 3 channels, not ",
              plan.channels);
  const auto channels = static_cast<size_t>(plan.channels);
  TORCH_CHECK(mean.size() == channels && std.size() == channels,
              "view_synthesis: mean and std must "
              "have one value for each of ",
              channels, " channels");
  plan.tables.reserve(views.size() * channels * 256);
  for (size_t v = 0; v < views.size(); ++v) {
    const std::string name = views.get(v);
    const auto definitions = view_definitions();
    const auto definition = std::ranges::find(definitions, name, &ViewDefinition::name);
    TORCH_CHECK(definition != definitions.end(), "view_synthesis: there is no view '", name, "'");
    plan.mirror_x.push_back(definition->mirror_x);
    for (size_t c = 0; c < channels; ++c)
      for (int level = 0; level < 256; ++level) {
        const double toned =
            definition->tone ? std::clamp(definition->tone(level, values[v]), 0.0, 255.0) : level;
        plan.tables.push_back(static_cast<float>((toned * scale - mean[c]) / std[c]));
      }
  }
  return plan;
}

at::Tensor empty_views(const ViewPlan& plan, const at::Tensor& images, at::ScalarType dtype) {
  return at::empty({plan.views, plan.batch, plan.height, plan.width, plan.channels},
                   images.options().dtype(dtype))
      .permute({0, 1, 4, 2, 3});
}

}  // namespace plumbline::kernels

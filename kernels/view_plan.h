#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include <ATen/core/List.h>
#include <ATen/core/Tensor.h>

namespace plumbline::kernels {

/// The arguments of view_synthesis, checked and reduced to what both devices' kernels need: since
/// an image has 256 grey levels, each view is a table per channel and a direction.
struct ViewPlan {
  int64_t views = 0, batch = 0, height = 0, width = 0, channels = 0;
  bool reverse_channels = false;
  std::vector<float> tables;      ///< [views, channels, 256], by output channel
  std::vector<uint8_t> mirror_x;  ///< [views]
  int64_t values_per_image() const { return height * width * channels; }
};

/// Throws c10::Error with the argument that is wrong.
ViewPlan make_view_plan(const at::Tensor& images, const c10::List<std::string>& views,
                        at::ArrayRef<double> values, double scale, at::ArrayRef<double> mean,
                        at::ArrayRef<double> std, bool reverse_channels, at::ScalarType dtype);

/// The output of a plan: [views, batch, channels, height, width], channels innermost in memory.
at::Tensor empty_views(const ViewPlan& plan, const at::Tensor& images, at::ScalarType dtype);

}  // namespace plumbline::kernels

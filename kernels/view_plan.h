#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/List.h>
#include <ATen/core/Tensor.h>

#include "kernels/views/view_steps.h"

namespace plumbline::kernels {

/// The op's arguments as the dispatcher carries them. The steps of all views follow each other;
/// each has two numbers; `counts` says how many steps belong to each view.
struct ViewArguments {
  const c10::List<std::string>& steps;
  at::ArrayRef<double> values;
  at::ArrayRef<int64_t> counts;
  double scale;
  at::ArrayRef<double> mean, std;
  bool reverse_channels;
  at::ScalarType dtype;
  bool antialias;
  const std::optional<at::Tensor>& samples;
  const std::optional<at::Tensor>& valid;
};

/// A view as both devices' kernels need it.
struct PlannedView {
  std::vector<views::ViewStep> steps;
  views::Placement placement;
  /// Where an 8-bit level alone decides and pixels only move: [channels, 256], by output channel,
  /// of normalised values. Else empty.
  std::vector<float> table;
};

/// The arguments of view_synthesis, checked and taken apart.
struct ViewPlan {
  std::vector<PlannedView> views;
  int64_t batch = 0, height = 0, width = 0, channels = 0;
  bool reverse_channels = false;  ///< only where there are three
  bool antialias = false;
  std::vector<double> mean, std;  ///< by output channel
  views::ViewContext context;     ///< by channel of the images; its sample is not set
  views::Fill fill;               ///< by channel of the images
  at::Tensor samples;             ///< int64 [batch] on the CPU; undefined: 0, 1, 2, …
  at::Tensor valid;               ///< int32 [batch, 4] on the CPU, or undefined

  int64_t values_per_image() const { return height * width * channels; }
  views::FrameSize frame() const { return {static_cast<int>(width), static_cast<int>(height)}; }
  int64_t sample(int64_t image) const {
    return samples.defined() ? samples.const_data_ptr<int64_t>()[image] : image;
  }
  /// The channel of the images that an output channel is made of.
  int64_t source_channel(int64_t channel) const {
    return reverse_channels ? channels - 1 - channel : channel;
  }
};

/// Throws c10::Error with the argument that is wrong.
ViewPlan make_view_plan(const at::Tensor& images, const ViewArguments& arguments);

/// The output of a plan: [views, batch, channels, height, width], channels innermost in memory.
at::Tensor empty_views(const ViewPlan& plan, const at::Tensor& images, at::ScalarType dtype);

}  // namespace plumbline::kernels

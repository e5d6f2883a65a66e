#include "kernels/winograd_convolution.h"

#include <algorithm>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/tensor.h>

#include "kernels/cpu/winograd_points.h"

namespace plumbline::kernels {

namespace {

/// G: [points, 3]. The weight as a polynomial's value at each point, divided by the product of the
/// point's distances to the others; the last point is ∞.
at::Tensor weights_at_points(WinogradOut out) {
  constexpr double a = winograd_a, b = winograd_b;
  const std::vector<double> points = out == WinogradOut::two ? std::vector<double>{0, 1, -1}
                                                             : std::vector<double>{0, a, -a, b, -b};
  std::vector<double> values;
  for (const double point : points) {
    double distances = 1;
    for (const double other : points)
      if (other != point) distances *= point - other;
    values.insert(values.end(), {1 / distances, point / distances, point * point / distances});
  }
  values.insert(values.end(), {0, 0, 1});
  return at::tensor(values, at::kDouble).view({-1, 3});
}

/// A weight's panels tell by whom they were arranged.
WinogradKernel arranged_by(const at::Tensor& weight) {
  TORCH_CHECK(weight.dim() == 4 && (weight.size(1) == 16 || weight.size(1) == 36) &&
                  weight.is_contiguous() && weight.scalar_type() == at::kFloat,
              "winograd_convolution: weight is ", weight.scalar_type(), ' ', weight.sizes(),
              ", not what arrange_winograd gives");
  for (const WinogradKernel& kernel : winograd_kernels())
    if (kernel.product->columns == weight.size(3)) return kernel;
  TORCH_CHECK(false, "winograd_convolution: this processor has no vectors for panels of ",
              weight.size(3));
}

void check_pixels(const char* name, const at::Tensor& tensor, at::IntArrayRef sizes) {
  TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_cpu(), "winograd_convolution: ", name,
              " is ", tensor.scalar_type(), " on ", tensor.device(), ", not float32 on the CPU");
  TORCH_CHECK(tensor.sizes() == sizes, "winograd_convolution: ", name, " is ", tensor.sizes(),
              ", not ", sizes);
}

void check_layout(const char* name, const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_contiguous(at::MemoryFormat::ChannelsLast), "winograd_convolution: ", name,
              " is not dense in channels last");
}

bool takes(const WinogradKernel& kernel, const at::Tensor& weight) {
  return weight.size(0) % kernel.product->columns == 0 && weight.size(1) % kernel.tile->lanes == 0;
}

}  // namespace

std::optional<WinogradKernel> winograd_kernel_for(const at::Tensor& weight,
                                                  const ConvolutionShape& shape) {
#ifdef __OPTIMIZE__
  const auto all = [](at::IntArrayRef numbers, std::int64_t value) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [=](auto number) { return number == value; });
  };
  if (shape.groups != 1 || !all(shape.stride, 1) || !all(shape.padding, 1) ||
      !all(shape.dilation, 1) || weight.size(2) != 3 || weight.size(3) != 3)
    return std::nullopt;
  static const std::vector<WinogradKernel> kernels = winograd_kernels();
  for (const WinogradKernel& kernel : kernels)
    if (takes(kernel, weight)) return kernel;
#endif
  return std::nullopt;
}

WinogradOut faster_winograd(const at::Tensor& weight) {
  // Measured against oneDNN on one core of a Sapphire Rapids, batches 1 and 8. 4 × 4: 32 channels
  // at 56² 2.3 × and 2.0 ×, 64 at 56² 2.7 × and 2.7 ×, 128 at 28² 2.7 × and 2.6 ×. With more its
  // weights take longer to read than their products: 256 at 14² 1.6 × and 1.6 ×, 512 at 7² 0.5 ×
  // and 0.7 ×; with 2 × 2 it is 1.8 × and 1.7 ×, 1.2 × and 1.3 ×. Only one image of 4² pixels or
  // fewer is faster directly, by up to 1.4 × with 512 channels, and eight such are 1.8 to 3 ×
  // slower.
  return weight.size(0) * weight.size(1) > 128 * 128 ? WinogradOut::two : WinogradOut::four;
}

at::Tensor arrange_winograd(const at::Tensor& weight, WinogradOut out,
                            const WinogradKernel& kernel) {
  TORCH_CHECK(weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 &&
                  weight.numel() > 0 && takes(kernel, weight),
              "arrange_winograd: weight is ", weight.sizes());
  const at::Tensor g = weights_at_points(out), w = weight.to(at::kCPU, at::kDouble);
  const std::int64_t columns = kernel.product->columns;
  return at::einsum("ai,kcij,bj->abck", {g, w, g})
      .reshape({g.size(0) * g.size(0), w.size(1), w.size(0) / columns, columns})
      .permute({2, 0, 1, 3})
      .to(at::kFloat)
      .contiguous();
}

std::int64_t winograd_outputs(const at::Tensor& weight) { return weight.size(0) * weight.size(3); }

void winograd_convolution(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias,
                          const std::optional<at::Tensor>& addend, bool relu, const at::Tensor& y) {
  const WinogradKernel kernel = arranged_by(weight);
  TORCH_CHECK(x.dim() == 4, "winograd_convolution: x is ", x.sizes());
  const std::int64_t outputs = winograd_outputs(weight);
  const std::int64_t sizes[] = {x.size(0), outputs, x.size(2), x.size(3)};
  check_pixels("x", x, {x.size(0), weight.size(2), x.size(2), x.size(3)});
  check_layout("x", x);
  check_pixels("y", y, sizes);
  check_layout("y", y);
  if (addend) {
    check_pixels("addend", *addend, sizes);
    check_layout("addend", *addend);
  }
  if (bias) check_pixels("bias", *bias, {outputs});
  if (y.numel() == 0) return;
  const at::Tensor dense_bias = bias ? bias->contiguous() : at::Tensor();
  const WinogradProblem problem{.images = x.size(0),
                                .height = x.size(2),
                                .width = x.size(3),
                                .channels = x.size(1),
                                .outputs = outputs,
                                .out = weight.size(1) == 16 ? 2 : 4,
                                .x = x.const_data_ptr<float>(),
                                .weight = weight.const_data_ptr<float>(),
                                .bias = bias ? dense_bias.const_data_ptr<float>() : nullptr,
                                .addend = addend ? addend->const_data_ptr<float>() : nullptr,
                                .y = y.mutable_data_ptr<float>(),
                                .relu = relu};
  const WinogradCut cut = cut_winograd(problem, kernel, at::get_num_threads());
  at::parallel_for(0, cut.pieces(), 1, [&](std::int64_t begin, std::int64_t end) {
    WinogradPass pass(problem, kernel, cut);
    for (std::int64_t piece = begin; piece < end; ++piece) pass.piece(piece);
  });
}

}  // namespace plumbline::kernels

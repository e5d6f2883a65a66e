#include "kernels/prepared_convolution.h"

#include <string>
#include <utility>

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <torch/library.h>

#include "kernels/winograd_convolution.h"

namespace plumbline::kernels {

namespace {

// oneDNN's fused primitives, as LibTorch registers them for its own compiler. Called by name: the
// wheel has no header for them.
std::optional<c10::OperatorHandle> find(const char* name, const char* overload) {
  return c10::Dispatcher::singleton().findSchema({name, overload});
}

constexpr const char *pointwise = "mkldnn::_convolution_pointwise",
                     *pointwise_in_place = "mkldnn::_convolution_pointwise_",
                     *reorder = "mkldnn::_reorder_convolution_weight";

at::Tensor call(const c10::OperatorHandle& op, torch::jit::Stack stack) {
  op.callBoxed(stack);
  return std::move(stack.back()).toTensor();
}

c10::IValue none_or(const std::optional<at::Tensor>& tensor) {
  return tensor ? c10::IValue(*tensor) : c10::IValue();
}

c10::List<std::optional<at::Scalar>> no_scalars() { return c10::List<std::optional<at::Scalar>>(); }

at::Tensor without_addend(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, const ConvolutionShape& shape,
                          bool relu) {
  static const auto op = *find(pointwise, "");
  return call(op, {x, weight, none_or(bias), shape.padding, shape.stride, shape.dilation,
                   shape.groups, std::string(relu ? "relu" : "none"), no_scalars(), std::string()});
}

/// The addend is of y's shape.
at::Tensor with_addend(const at::Tensor& x, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, const at::Tensor& addend,
                       const ConvolutionShape& shape, bool relu, AddendUse use) {
  static const auto fresh = *find(pointwise, "binary"),
                    in_place = *find(pointwise_in_place, "binary");
  const c10::IValue activation = relu ? c10::IValue(std::string("relu")) : c10::IValue();
  if (use == AddendUse::overwrite)
    return call(in_place,
                {addend, x, weight, none_or(bias), shape.padding, shape.stride, shape.dilation,
                 shape.groups, std::string("add"), 1.0, activation, no_scalars(), std::string()});
  return call(fresh,
              {x, addend, weight, none_or(bias), shape.padding, shape.stride, shape.dilation,
               shape.groups, std::string("add"), 1.0, activation, no_scalars(), std::string()});
}

/// With a weight that is arranged for it.
at::Tensor with_winograd(const at::Tensor& x, const at::Tensor& weight,
                         const std::optional<at::Tensor>& bias,
                         const std::optional<at::Tensor>& addend, bool relu, AddendUse use) {
  constexpr auto by_pixels = at::MemoryFormat::ChannelsLast;
  const std::int64_t sizes[] = {x.size(0), winograd_outputs(weight), x.size(2), x.size(3)};
  const bool joins = addend && addend->sizes() == at::IntArrayRef(sizes) &&
                     addend->scalar_type() == x.scalar_type();
  const bool in_place = joins && use == AddendUse::overwrite && addend->is_contiguous(by_pixels);
  at::Tensor y = in_place ? *addend : at::empty(sizes, x.options().memory_format(by_pixels));
  std::optional<at::Tensor> joined;
  if (joins) joined = addend->contiguous(by_pixels);
  const bool adds_later = addend && !joins;
  winograd_convolution(x.contiguous(by_pixels), weight, bias, joined, relu && !adds_later, y);
  y = y.contiguous(x.suggest_memory_format());
  if (!adds_later) return y;
  y = y.add(*addend);
  return relu ? y.relu() : y;
}

at::Tensor prepared_op(const at::Tensor& x, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias,
                       const std::optional<at::Tensor>& addend, at::IntArrayRef stride,
                       at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                       bool relu) {
  return prepared_convolution(x, weight, bias, addend, {stride, padding, dilation, groups}, relu);
}

}  // namespace

bool can_prepare_convolutions() {
  return find(pointwise, "") && find(pointwise, "binary") && find(pointwise_in_place, "binary") &&
         find(reorder, "") && at::globalContext().userEnabledMkldnn();
}

at::Tensor prepare_convolution(const at::Tensor& weight, const ConvolutionShape& shape) {
  if (const auto kernel = winograd_kernel_for(weight, shape))
    return arrange_winograd(weight, faster_winograd(weight), *kernel);
  static const auto op = *find(reorder, "");
  // No input size is given: the layout must not depend on the last, shorter batch.
  return call(op, {weight.contiguous(at::MemoryFormat::ChannelsLast), shape.padding, shape.stride,
                   shape.dilation, shape.groups, c10::IValue()});
}

at::Tensor prepared_convolution(const at::Tensor& x, const at::Tensor& weight,
                                const std::optional<at::Tensor>& bias,
                                const std::optional<at::Tensor>& addend,
                                const ConvolutionShape& shape, bool relu, AddendUse use) {
  if (x.dim() == 3)
    return prepared_convolution(x.unsqueeze(0), weight, bias, addend, shape, relu).squeeze(0);
  if (!weight.is_mkldnn()) return with_winograd(x, weight, bias, addend, relu, use);
  if (!addend) return without_addend(x, weight, bias, shape, relu);
  const auto sizes = output_sizes(x, weight, shape);
  // The strides of a new sum of one channel or of one pixel are ambiguous, and oneDNN refuses them.
  const bool ambiguous = use == AddendUse::keep && (sizes[1] == 1 || sizes[2] * sizes[3] == 1);
  if (!ambiguous && addend->sizes() == at::IntArrayRef(sizes) &&
      addend->scalar_type() == x.scalar_type())
    return with_addend(x, weight, bias, *addend, shape, relu, use);
  const at::Tensor y = without_addend(x, weight, bias, shape, false).add(*addend);
  return relu ? y.relu() : y;
}

TORCH_LIBRARY_FRAGMENT(plumbline, library) {
  library.def(
      "prepared_convolution(Tensor x, Tensor weight, Tensor? bias, Tensor? addend, int[2] stride, "
      "int[2] padding, int[2] dilation, int groups, bool relu) -> Tensor");
}
TORCH_LIBRARY_IMPL(plumbline, CPU, library) { library.impl("prepared_convolution", prepared_op); }
// The weight's kind, dense or opaque, decides where an op goes.
TORCH_LIBRARY_IMPL(plumbline, MkldnnCPU, library) {
  library.impl("prepared_convolution", prepared_op);
}

}  // namespace plumbline::kernels

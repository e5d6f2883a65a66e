#include "core/engine/inference/weights.h"

#include <cstring>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plumbline {

namespace {

std::optional<c10::ScalarType> floating_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f64: return at::kDouble;
    case Dtype::f32: return at::kFloat;
    case Dtype::f16: return at::kHalf;
    case Dtype::bf16: return at::kBFloat16;
    default: return std::nullopt;
  }
}

}  // namespace

at::Tensor Weights::take(const std::string& name, std::vector<std::int64_t> shape) {
  const auto wrong = [&](std::string message) {
    if (!error_)
      error_ = Error{ErrorKind::bad_input, std::move(message), where_,
                     "the weights do not fit the card's architecture"};
    return at::zeros(shape, at::kDouble);
  };
  const TensorView* view = file_.find(name);
  if (!view) return wrong(fmt::format("the tensor '{}' is missing", name));
  taken_.insert(name);
  if (view->shape != shape)
    return wrong(fmt::format("the tensor '{}' is {}, expected {}", name,
                             fmt::join(view->shape, " × "), fmt::join(shape, " × ")));
  const auto type = floating_type(view->dtype);
  if (!type)
    return wrong(fmt::format("the tensor '{}' is of type {}", name, to_string(view->dtype)));
  at::Tensor tensor = at::empty(shape, *type);
  // The file's bytes may lie unaligned.
  std::memcpy(tensor.mutable_data_ptr(), view->data.data(), view->data.size());
  return tensor.to(at::kDouble);
}

std::int64_t Weights::first_dimension(const std::string& name) const {
  const TensorView* view = file_.find(name);
  return view && !view->shape.empty() ? view->shape[0] : -1;
}

Result<void> Weights::check_all_taken() const {
  if (error_) return tl::unexpected(*error_);
  for (const TensorView& view : file_.tensors())
    if (!taken_.contains(view.name) && !view.name.ends_with("num_batches_tracked"))
      return bad_input(fmt::format("the tensor '{}' belongs to no part of the network", view.name),
                       where_, "the weights do not fit the card's architecture");
  return {};
}

}  // namespace plumbline

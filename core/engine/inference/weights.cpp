#include "core/engine/inference/weights.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
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

/// What wrappers put in front of all names.
std::string common_prefix(const SafetensorsFile& file) {
  constexpr std::array<std::string_view, 3> wrappers = {"module.", "_orig_mod.", "model."};
  std::string prefix;
  for (bool found = true; found;) {
    found = false;
    for (const auto wrapper : wrappers) {
      const std::string longer = prefix + std::string(wrapper);
      found = !file.tensors().empty() &&
              std::ranges::all_of(file.tensors(), [&](const TensorView& view) {
                return view.name.starts_with(longer);
              });
      if (!found) continue;
      prefix = longer;
      break;
    }
  }
  return prefix;
}

}  // namespace

Weights::Weights(const SafetensorsFile& file, std::string where)
    : file_(file), prefix_(common_prefix(file)), where_(std::move(where)) {}

std::string Weights::elsewhere(const std::string& name) const {
  constexpr std::size_t most_compared = 50;
  // What stands before the name is a wrapper's where many tensors have it, a layer's where few do.
  std::vector<std::pair<std::ptrdiff_t, std::string>> found;
  for (const TensorView& view : file_.tensors()) {
    if (!view.name.ends_with("." + name) || found.size() == most_compared) continue;
    const std::string front = view.name.substr(0, view.name.size() - name.size());
    const auto having = std::ranges::count_if(
        file_.tensors(), [&](const TensorView& other) { return other.name.starts_with(front); });
    found.emplace_back(-having, view.name);
  }
  std::ranges::sort(found);
  std::string names;
  for (const auto& [having, other] : found)
    if (2 * having <= found.front().first)
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", other.substr(0, 200));
  return names;
}

at::Tensor Weights::take(const std::string& name, std::vector<std::int64_t> shape) {
  const auto wrong = [&](std::string message) {
    if (!error_)
      error_ = Error{ErrorKind::bad_input, std::move(message), where_,
                     "the weights do not fit the card's architecture"};
    return at::zeros(shape, at::kDouble);
  };
  const TensorView* view = find(name);
  if (!view) {
    const std::string others = error_ ? std::string() : elsewhere(name);
    at::Tensor zeros = wrong(fmt::format("the tensor '{}' is missing{}", name,
                                         others.empty() ? "" : ", but there is " + others));
    // Said once: the first that is missing tells what all have in front.
    if (!others.empty()) error_->hint = "save a single state dict, without a prefix to its names";
    return zeros;
  }
  taken_.insert(view->name);
  if (view->shape != shape)
    return wrong(fmt::format("the tensor '{}' is {}, expected {}", name,
                             fmt::join(view->shape, " × "), fmt::join(shape, " × ")));
  const auto type = floating_type(view->dtype);
  if (!type)
    return wrong(fmt::format("the tensor '{}' is of type {}, not F32, F16, BF16 or F64", name,
                             to_string(view->dtype)));
  at::Tensor tensor = at::empty(shape, *type);
  // The file's bytes may lie unaligned.
  std::memcpy(tensor.mutable_data_ptr(), view->data.data(), view->data.size());
  // ReLU would make zeros of what is not a number, and a plausible figure of those.
  if (!at::isfinite(tensor).all().item<bool>())
    return wrong(fmt::format("the tensor '{}' has values that are not finite", name));
  return tensor.to(at::kDouble);
}

std::int64_t Weights::first_dimension(const std::string& name) const {
  const TensorView* view = find(name);
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

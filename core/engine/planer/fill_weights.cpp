#include "core/engine/planer/fill_weights.h"

#include <cstring>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

namespace plumbline {

namespace {

at::Tensor as_tensor(const TensorView& view) {
  at::ScalarType type = at::kFloat;
  switch (view.dtype) {
    case Dtype::f64: type = at::kDouble; break;
    case Dtype::f16: type = at::kHalf; break;
    case Dtype::bf16: type = at::kBFloat16; break;
    default: break;
  }
  at::Tensor tensor = at::empty(view.shape, type);
  std::memcpy(tensor.mutable_data_ptr(), view.data.data(), view.data.size());
  return tensor.to(at::kFloat);
}

}  // namespace

Result<void> fill_weights(LanguageModel& model, const SafetensorsFile& file,
                          const std::vector<KeyMapEntry>& entries, const std::string& where) {
  const at::NoGradGuard no_grad;
  std::size_t filled = 0;
  for (const KeyMapEntry& entry : entries) {
    const auto* parameter = model.parameters().find(entry.ours);
    if (parameter == nullptr || parameter->master.sizes().vec() != entry.shape)
      return bad_input(fmt::format("the backbone has no tensor '{}' of that shape", entry.ours),
                       where, "give the configuration that the network was trained with");
    ++filled;
    at::Tensor target = parameter->master;
    if (entry.theirs.empty()) {
      target.zero_();
      continue;
    }
    at::Tensor theirs = as_tensor(*file.find(entry.theirs));
    if (entry.transpose) theirs = theirs.t();
    target.copy_(theirs.narrow(0, entry.first, target.size(0)).reshape(target.sizes()));
    if (!target.isfinite().all().item<bool>())
      return bad_input(fmt::format("the tensor '{}' has values that are not finite", entry.theirs),
                       where);
  }
  if (filled != model.parameters().all().size())
    return bad_input(fmt::format("only {} of the backbone's {} tensors are filled", filled,
                                 model.parameters().all().size()),
                     where);
  model.parameters().refresh();
  return {};
}

}  // namespace plumbline

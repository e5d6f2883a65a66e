#include "core/engine/training/checkpoint.h"

#include <cstring>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

namespace plumbline {

namespace {

Dtype dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kDouble: return Dtype::f64;
    case at::kHalf: return Dtype::f16;
    case at::kBFloat16: return Dtype::bf16;
    default: return Dtype::f32;
  }
}

}  // namespace

namespace {

template <class Write>
Result<void> save_with(const Write& write, const NamedTensors& tensors) {
  std::vector<at::Tensor> on_host;
  std::vector<TensorView> views;
  on_host.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    on_host.push_back(tensor.detach().to(at::kCPU).contiguous(at::MemoryFormat::Contiguous));
    const at::Tensor& host = on_host.back();
    views.push_back({name,
                     dtype_of(host),
                     host.sizes().vec(),
                     {static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()}});
  }
  return write(views);
}

}  // namespace

Result<void> save_tensors(const std::filesystem::path& file, const SafetensorsMetadata& metadata,
                          const NamedTensors& tensors) {
  return save_with([&](const auto& views) { return write_safetensors(file, metadata, views); },
                   tensors);
}

Result<void> save_tensors_output(const std::filesystem::path& file,
                                 const SafetensorsMetadata& metadata, const NamedTensors& tensors) {
  return save_with(
      [&](const auto& views) { return write_safetensors_output(file, metadata, views); }, tensors);
}

Result<void> load_tensors(const SafetensorsFile& file, const NamedTensors& tensors,
                          const std::string& where) {
  const at::NoGradGuard no_grad;
  if (file.tensors().size() != tensors.size())
    return bad_input(
        fmt::format("the checkpoint has {} tensors, not {}", file.tensors().size(), tensors.size()),
        where, "remove it and begin again");
  for (const auto& [name, tensor] : tensors) {
    const TensorView* view = file.find(name);
    if (!view || view->shape != tensor.sizes().vec() || view->dtype != dtype_of(tensor))
      return bad_input(fmt::format("the checkpoint has no tensor '{}' of that shape", name), where,
                       "remove it and begin again");
    at::Tensor host = at::empty(tensor.sizes(), tensor.scalar_type());
    std::memcpy(host.mutable_data_ptr(), view->data.data(), view->data.size());
    tensor.copy_(host);
  }
  return {};
}

}  // namespace plumbline

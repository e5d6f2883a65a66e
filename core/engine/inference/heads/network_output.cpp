#include "core/engine/inference/heads/network_output.h"

#include <algorithm>

#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace plumbline {

NetworkOutput::NetworkOutput(at::Tensor only) { tensors_.push_back({"", std::move(only)}); }

std::string NetworkOutput::names() const {
  std::string names;
  for (const OutputTensor& entry : tensors_) {
    std::string shape;
    for (const auto side : entry.tensor.sizes())
      shape += (shape.empty() ? "" : " × ") + std::to_string(side);
    names += fmt::format("{}'{}' of {}", names.empty() ? "" : ", ", entry.name,
                         shape.empty() ? "one value" : shape);
  }
  return names;
}

Result<at::Tensor> NetworkOutput::tensor(std::string_view name) const {
  if (name.empty()) {
    if (tensors_.size() == 1) return tensors_.front().tensor;
    return bad_input(
        fmt::format("the model gives {} tensors ({}), and its card does not say which one to use",
                    tensors_.size(), names()),
        "",
        fmt::format(R"(name it in the card: "output": {{…, "tensor": "{}"}})",
                    tensors_.empty() ? "" : tensors_.front().name));
  }
  const auto found = std::ranges::find(tensors_, name, &OutputTensor::name);
  if (found != tensors_.end()) return found->tensor;
  return bad_input(fmt::format("the model gives no tensor '{}'", name), "",
                   tensors_.size() == 1 && tensors_.front().name.empty()
                       ? "it gives a single tensor: leave \"tensor\" out of the card"
                       : fmt::format("its tensors: {}", names()));
}

at::Tensor NetworkOutput::only() const {
  TORCH_CHECK(tensors_.size() == 1, "the model gives ", tensors_.size(), " tensors, not one");
  return tensors_.front().tensor;
}

}  // namespace plumbline

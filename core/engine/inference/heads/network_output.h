#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/types/error.h"

namespace plumbline {

/// A tensor that a network gives. The name is empty where the network gives nothing else; else it
/// is the key of a dict or a named tuple, or the index in a list or a tuple, joined by '.' where
/// they lie within each other: "logits", "1", "aux.0".
struct OutputTensor {
  std::string name;
  at::Tensor tensor;
};

/// What one forward pass gives: every tensor of it, by name, none of them chosen or dropped.
class NetworkOutput {
 public:
  /// A network whose output is one tensor.
  NetworkOutput(at::Tensor only);  // NOLINT(google-explicit-constructor): that is what most give
  explicit NetworkOutput(std::vector<OutputTensor> tensors) : tensors_(std::move(tensors)) {}

  const std::vector<OutputTensor>& tensors() const { return tensors_; }
  /// "'logits' of 2 × 10, 'aux' of 2 × 64".
  std::string names() const;

  /// The tensor of that name, or, where the name is empty, the only one that there is. Errors
  /// (bad_input) name those that there are.
  Result<at::Tensor> tensor(std::string_view name) const;
  /// The only tensor; throws c10::Error where there are several.
  at::Tensor only() const;

 private:
  std::vector<OutputTensor> tensors_;
};

}  // namespace plumbline

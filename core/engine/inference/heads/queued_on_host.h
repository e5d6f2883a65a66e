#pragma once
#include <ATen/core/Tensor.h>

namespace plumbline {

/// The values on the host once the device's current stream has come so far, which is not waited
/// for; of a tensor of the host the tensor itself.
at::Tensor queued_on_host(const at::Tensor& values);

}  // namespace plumbline

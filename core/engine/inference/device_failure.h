#pragma once
#include <exception>
#include <optional>

#include <c10/core/Device.h>

#include "core/types/error.h"

namespace plumbline {

/// Whether what was thrown means that memory did not suffice, so that a smaller batch may do. Asked
/// by its words too: what TorchScript's interpreter hands on has lost its class.
bool is_out_of_memory(const std::exception& thrown);

/// Whether what was thrown means that this process can use the device no more: it fell off the bus,
/// its memory failed, or a kernel went astray, after which CUDA refuses everything until the
/// process ends. The error (device) says so and how to go on; nothing where the device is well. On
/// a GPU the device itself is asked too, since libraries throw errors of their own for it.
std::optional<Error> lost_device(c10::Device device, const std::exception& thrown);

}  // namespace plumbline

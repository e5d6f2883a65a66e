#pragma once
#include <memory>

#include "core/engine/inference/device.h"

namespace torch::jit {
struct Graph;
struct Module;
}  // namespace torch::jit

namespace plumbline {

/// A trace holds what the switches of its process were when it was made, `allow_tf32` among them,
/// as constants of every convolution, so that the switch which this process sets is not asked. Here
/// they are written anew: TF32 only where the precision is named so, algorithms chosen by rule and
/// not by timing, deterministic ones. Returns how many convolutions said something else.
int say_precision(torch::jit::Graph& graph, Precision precision);

/// Floating parameters and buffers on the device, in the type of the precision, the kernels of
/// convolutions with their channels last, as images come. Other tensors are indices and masks: they
/// keep their types.
void place_weights(const torch::jit::Module& module, c10::Device device, Precision precision);

}  // namespace plumbline

#pragma once
#include <memory>

#include "core/engine/inference/network.h"

namespace plumbline {

/// The same network with its work captured in a CUDA graph: one launch a batch in place of
/// hundreds. A shape is captured when it has come often enough (full batches are, a remainder is
/// not), and the capture is used only where it gives the very answer that the network gave for the
/// same input. A network whose work waits for the device, or that does something else from one call
/// to the next, runs as it is, and `remark()` says why. Elsewhere than on a GPU the network is
/// returned as it came. Not for several threads at once.
std::unique_ptr<Network> capture_network(std::unique_ptr<Network> network, c10::Device device);

}  // namespace plumbline

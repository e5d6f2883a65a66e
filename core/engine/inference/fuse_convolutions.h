#pragma once
#include <memory>

namespace torch::jit {
struct Graph;
}

namespace plumbline {

/// Convolutions whose output goes to a ReLU alone, or to a sum that goes to a ReLU alone, become
/// one op (kernels/fused_convolution.h): where memory is the limit, as with the small types on a
/// GPU, what follows a convolution costs as much as it does. For a frozen graph, after
/// normalisation has been folded into the weights. Takes those in two dimensions and one group, not
/// transposed; leaves alone what an operation in place could change in between. Returns how many.
int fuse_convolutions(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace plumbline

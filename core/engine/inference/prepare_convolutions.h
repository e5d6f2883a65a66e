#pragma once
#include <memory>

namespace torch::jit {
struct Graph;
}

namespace plumbline {

/// For a CPU in float32: convolutions whose weights are constants read them as oneDNN or our own
/// kernel likes them, laid out once (kernels/prepared_convolution.h), with the ReLU and the sum
/// that `fuse_convolutions` has found. For a frozen graph. Takes those in two dimensions, not
/// transposed, of any number of groups, of more than one pixel: the others are products of
/// matrices, which ATen does twice as fast. Returns how many; 0 where LibTorch is without oneDNN.
int prepare_convolutions(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace plumbline

#include "core/engine/inference/captured_network.h"

#ifdef PLUMBLINE_CUDA
#include <list>

#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>

#include "core/engine/error_cause.h"
#endif

namespace plumbline {

#ifdef PLUMBLINE_CUDA

namespace {

/// Calls with a shape before it is captured: TorchScript profiles in the first, compiles in the
/// second and third.
constexpr int calls_before_capture = 3;
/// Shapes that are known, and so graphs that are kept; the one that was used longest ago goes
/// first.
constexpr std::size_t most_shapes = 3;

NetworkOutput copy_of(const NetworkOutput& output) {
  std::vector<OutputTensor> copies;
  for (const OutputTensor& entry : output.tensors())
    copies.push_back({entry.name, entry.tensor.clone()});
  return NetworkOutput(std::move(copies));
}

bool same(const NetworkOutput& a, const NetworkOutput& b) {
  if (a.tensors().size() != b.tensors().size()) return false;
  for (std::size_t i = 0; i < a.tensors().size(); ++i) {
    const OutputTensor &x = a.tensors()[i], &y = b.tensors()[i];
    if (x.name != y.name || x.tensor.sizes() != y.tensor.sizes()) return false;
    // What is not a number is no other answer than itself.
    if (!at::equal(x.tensor.nan_to_num(), y.tensor.nan_to_num())) return false;
  }
  return true;
}

struct Shape {
  std::vector<std::int64_t> sizes;
  int calls = 0;
  at::Tensor input;
  std::unique_ptr<at::cuda::CUDAGraph> graph;
  std::optional<NetworkOutput> output;
};

/// Captures share their memory: they are replayed one after the other on one stream, and what they
/// return is copied before the next one begins. On a stream that may be captured.
at::cuda::MempoolId_t shared_memory(c10::Device device) {
  // The memory goes with its last graph, and its number is then known no more: a first graph, of
  // next to nothing, stays. It is never destroyed, since CUDA may end before static objects do.
  static auto* const first = [&] {
    auto* graph = new at::cuda::CUDAGraph;
    graph->capture_begin(at::cuda::graph_pool_handle(), cudaStreamCaptureModeThreadLocal);
    const at::Tensor nothing = at::zeros({1}, at::TensorOptions(device));
    graph->capture_end();
    return graph;
  }();
  return first->pool();
}

class CapturedNetwork final : public Network {
 public:
  CapturedNetwork(std::unique_ptr<Network> network, c10::Device device)
      : network_(std::move(network)), device_(device) {}

  NetworkOutput forward(const at::Tensor& input) override {
    if (!remark_.empty() || !input.is_contiguous(at::MemoryFormat::ChannelsLast))
      return network_->forward(input);
    Shape& shape = find(input);
    if (shape.graph) return replay(shape, input);
    if (++shape.calls <= calls_before_capture) return network_->forward(input);
    NetworkOutput plain = copy_of(network_->forward(input));
    try {
      capture(shape, input);
      if (!same(replay(shape, input), plain))
        give_up("it gives a different answer from one call to the next");
    } catch (const std::exception& exception) {
      give_up(error_cause(exception));
    }
    return plain;
  }

  void prepare(const at::Tensor& input) override {
    for (int i = 0; i <= calls_before_capture; ++i) {
      if (!remark_.empty() || !input.is_contiguous(at::MemoryFormat::ChannelsLast)) return;
      if (find(input).graph) return;
      static_cast<void>(forward(input));
    }
  }

  std::string remark() const override { return remark_; }

 private:
  Shape& find(const at::Tensor& input) {
    for (auto at = shapes_.begin(); at != shapes_.end(); ++at)
      if (at->sizes == input.sizes()) {
        shapes_.splice(shapes_.begin(), shapes_, at);
        return shapes_.front();
      }
    if (shapes_.size() == most_shapes) shapes_.pop_back();
    shapes_.emplace_front();
    shapes_.front().sizes = input.sizes().vec();
    return shapes_.front();
  }

  /// On a stream of its own: a capture must not be on the default one. What other threads ask of
  /// the device meanwhile, page-locked memory for the next images, is no part of it.
  void capture(Shape& shape, const at::Tensor& input) {
    shape.input = at::empty_like(input, at::MemoryFormat::Preserve);
    shape.input.copy_(input);
    at::cuda::getCurrentCUDAStream(device_.index()).synchronize();
    const auto stream = at::cuda::getStreamFromPool(false, device_.index());
    const c10::cuda::CUDAStreamGuard guard(stream);
    const auto memory = shared_memory(device_);
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin(memory, cudaStreamCaptureModeThreadLocal);
    try {
      shape.output = network_->forward(shape.input);
    } catch (...) {
      // Ends the capture, which may itself complain of what was wrong.
      try {
        graph->capture_end();
      } catch (const std::exception&) {
        static_cast<void>(cudaGetLastError());
      }
      throw;
    }
    graph->capture_end();
    stream.synchronize();
    shape.graph = std::move(graph);
  }

  static NetworkOutput replay(Shape& shape, const at::Tensor& input) {
    shape.input.copy_(input, /*non_blocking=*/true);
    shape.graph->replay();
    return copy_of(*shape.output);
  }

  void give_up(std::string why) {
    shapes_.clear();
    remark_ = std::move(why);
  }

  std::unique_ptr<Network> network_;
  c10::Device device_;
  std::list<Shape> shapes_;  ///< the one used last first
  std::string remark_;
};

}  // namespace

#endif

std::unique_ptr<Network> capture_network(std::unique_ptr<Network> network,
                                         [[maybe_unused]] c10::Device device) {
#ifdef PLUMBLINE_CUDA
  if (device.is_cuda()) return std::make_unique<CapturedNetwork>(std::move(network), device);
#endif
  return network;
}

}  // namespace plumbline

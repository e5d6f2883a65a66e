#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace plumbline {

/// What a classifier takes and gives.
struct ClassifierShape {
  std::int64_t channels = 0, height = 0, width = 0, classes = 0;
};

/// What a named tensor of a network is: decides how it starts and what the optimizer does to it.
enum class TensorRole {
  weight,    ///< of a convolution or a linear layer: He's initialisation, weight decay
  bias,      ///< 0
  scale,     ///< of a normalisation: 1
  mean,      ///< running statistics, not trained: 0
  variance,  ///< 1
};
inline bool is_trained(TensorRole role) { return role <= TensorRole::scale; }

struct NamedTensor {
  std::string name;  ///< as in published PyTorch versions
  TensorRole role;
  at::Tensor tensor;
};

/// Pixels of a detector's cell, and the unit of the logarithms that it gives for sizes.
inline constexpr std::int64_t detector_stride = 4;
inline constexpr double detector_size_unit = 8;

/// Makes or finds the tensor of a name and shape.
using TensorSource = std::function<at::Tensor(const std::string& name, TensorRole role,
                                              std::vector<std::int64_t> shape)>;

/// A network that can be trained: its tensors by name, and its output. Not thread-safe.
class TrainableNetwork {
 public:
  virtual ~TrainableNetwork() = default;
  /// input: [batch, channels, height, width]; logits [batch, classes] of the input's type. While
  /// training, normalisations use the batch and keep their running statistics.
  /// Of a detector: raw maps [batch, classes + 4, rows, columns], a cell every detector_stride
  /// pixels (training/detection_loss.h).
  virtual at::Tensor forward(const at::Tensor& input, bool training) = 0;
  /// What is given to who runs it: the logits, or of a detector boxes as the kind 'yolov8' has
  /// them.
  virtual at::Tensor decoded(const at::Tensor& output) const { return output; }

  std::vector<NamedTensor>& tensors() { return tensors_; }

 protected:
  std::vector<NamedTensor> tensors_;  ///< in the order of their making
};

/// Makes tensors that start as in the papers, each with a generator of its own (from the seed and
/// the name), so that their order does not matter. float32, on the CPU.
TensorSource initial_tensors(std::uint64_t seed);

}  // namespace plumbline

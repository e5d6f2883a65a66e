#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/engine/architectures/trainable_network.h"

namespace plumbline {

/// A kind of network that is trained here: one entry of the table.
struct NetworkArchitecture {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<TrainableNetwork> (*make)(const ClassifierShape& shape,
                                            const TensorSource& source);
  int smallest_side;  ///< of an image, pixels
  // The recipe that it is trained by where nothing else is asked for: tests/bench/recipes has what
  // comes of it.
  double learning_rate;       ///< the largest, for batches of 128
  double weight_decay;        ///< of weights
  std::int64_t batch;         ///< images a step
  std::string_view schedule;  ///< as parse_schedule reads it
  bool detector = false;      ///< gives boxes, and is trained on objects
};

/// All architectures. A further one is a file with its make function and a line in the table.
std::span<const NetworkArchitecture> architectures();

/// The entry of that name, or null.
const NetworkArchitecture* find_architecture(std::string_view name);

/// "lenet5, convnet, …", for messages.
std::string architecture_names();

/// LeNet-5 (LeCun et al. 1998) as it is built today: ReLU, maximum pooling, a linear last layer;
/// images below 32 pixels get a border of two. Keys conv1, conv2, fc1, fc2, fc3.
std::unique_ptr<TrainableNetwork> make_lenet5(const ClassifierShape& shape,
                                              const TensorSource& source);
/// cuda-convnet's "quick" network for CIFAR-10 (Krizhevsky 2012): three 5 × 5 convolutions with 32,
/// 32 and 64 channels, one maximum and two mean poolings 3/2, two linear layers. Keys conv1, conv2,
/// conv3, fc1, fc2.
std::unique_ptr<TrainableNetwork> make_convnet(const ClassifierShape& shape,
                                               const TensorSource& source);
/// Residual networks of He et al. 2016, section 4.2, with 6 · blocks + 2 layers, shortcut A. Keys
/// as load_resnet reads them.
std::unique_ptr<TrainableNetwork> make_cifar_resnet(const ClassifierShape& shape,
                                                    const TensorSource& source, int blocks);
/// DenseNet of Huang et al. 2017 with 40 layers and growth 12, neither bottleneck nor compression.
/// Keys conv1, blockB.layer.I.{bn1,conv1}, transB.{bn1,conv1}, bn1, fc.
std::unique_ptr<TrainableNetwork> make_densenet40(const ClassifierShape& shape,
                                                  const TensorSource& source);

/// A detector without anchors (Zhou et al. 2019, "Objects as Points") of 0.4 million parameters:
/// residual stages at strides 4, 8 and 16, joined again at 4, and one head with a heat map a class,
/// offsets and sizes of centres. Keys stem, downN, atN, upN, head, maps.
std::unique_ptr<TrainableNetwork> make_centernet_small(const ClassifierShape& shape,
                                                       const TensorSource& source);
/// The same, half as wide again, with two residual pairs a stage: 1.2 million parameters.
std::unique_ptr<TrainableNetwork> make_centernet_medium(const ClassifierShape& shape,
                                                        const TensorSource& source);

}  // namespace plumbline

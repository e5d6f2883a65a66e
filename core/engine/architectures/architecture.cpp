#include "core/engine/architectures/architecture.h"

#include <algorithm>

namespace plumbline {

namespace {

template <int blocks>
std::unique_ptr<TrainableNetwork> resnet(const ClassifierShape& shape, const TensorSource& source) {
  return make_cifar_resnet(shape, source, blocks);
}

// Rates were measured (tests/bench/results). The convnet's 0.05 would be better on plain images,
// but may lose four points where a view equalises levels. The detectors' is 0.1 at batch 16.
constexpr NetworkArchitecture table[] = {
    {"lenet5", "LeNet-5", make_lenet5, 16, 0.05, 5e-4, 128, "one-cycle"},
    {"convnet", "cuda-convnet's quick network", make_convnet, 8, 0.03, 1e-3, 128, "one-cycle"},
    {"resnet20", "residual network, 20 layers", resnet<3>, 8, 0.1, 5e-4, 128, "cosine"},
    {"resnet32", "residual network, 32 layers", resnet<5>, 8, 0.1, 5e-4, 128, "cosine"},
    {"resnet44", "residual network, 44 layers", resnet<7>, 8, 0.1, 5e-4, 128, "cosine"},
    {"resnet56", "residual network, 56 layers", resnet<9>, 8, 0.1, 5e-4, 128, "cosine"},
    {"densenet40", "DenseNet, 40 layers, growth 12", make_densenet40, 8, 0.1, 1e-4, 128, "cosine"},
    {"centernet-small", "detector of heat maps, 0.4 million parameters", make_centernet_small, 32,
     0.8, 5e-4, 16, "one-cycle", true},
    {"centernet-medium", "detector of heat maps, 1.2 million parameters", make_centernet_medium, 32,
     0.8, 5e-4, 16, "one-cycle", true},
};

}  // namespace

std::span<const NetworkArchitecture> architectures() { return table; }

const NetworkArchitecture* find_architecture(std::string_view name) {
  const auto found = std::ranges::find(table, name, &NetworkArchitecture::name);
  return found == std::end(table) ? nullptr : found;
}

std::string architecture_names() {
  std::string names;
  for (const NetworkArchitecture& entry : table)
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

}  // namespace plumbline

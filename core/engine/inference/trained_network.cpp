#include "core/engine/inference/trained_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/weights.h"

namespace plumbline {

namespace {

class TrainedNetwork final : public Network {
 public:
  explicit TrainedNetwork(std::unique_ptr<TrainableNetwork> network)
      : network_(std::move(network)) {}
  NetworkOutput forward(const at::Tensor& input) override {
    return network_->decoded(network_->forward(input, false));
  }

 private:
  std::unique_ptr<TrainableNetwork> network_;
};

}  // namespace

Result<std::unique_ptr<Network>> load_trained_network(const std::filesystem::path& path,
                                                      const ModelCard& card, c10::Device device,
                                                      Precision precision) {
  const NetworkArchitecture* architecture = find_architecture(card.architecture);
  if (architecture == nullptr)
    return bad_input(card.architecture.empty()
                         ? std::string("the card of a safetensors file must name its architecture")
                         : fmt::format("the architecture '{}' is not known", card.architecture),
                     path.string(), "architectures: " + architecture_names());
  if (std::min(card.input.width, card.input.height) < architecture->smallest_side)
    return bad_input(
        fmt::format("{} needs images of at least {} pixels per side, but the card has {} × {}",
                    card.architecture, architecture->smallest_side, card.input.width,
                    card.input.height),
        path.string(), "correct the model card");
  const auto file = SafetensorsFile::open(path);
  TRY(file);
  Weights weights(*file, path.string());
  try {
    std::int64_t classes = static_cast<std::int64_t>(card.classes.size());
    if (classes == 0)
      for (const char* last : {"fc3.bias", "fc2.bias", "fc.bias", "linear.bias"})
        if (classes = weights.first_dimension(last); classes > 0) break;
    const TensorSource source = [&](const std::string& name, TensorRole role,
                                    std::vector<std::int64_t> shape) {
      const bool norm = role == TensorRole::scale || role == TensorRole::mean ||
                        role == TensorRole::variance || name.find(".bn") != name.npos ||
                        name.starts_with("bn");
      // Normalisations stay in float32, as they were trained.
      return weights.take(name, std::move(shape))
          .to(device, norm ? c10::ScalarType::Float : scalar_type(precision));
    };
    auto network = architecture->make({card.input.channels, card.input.height, card.input.width,
                                       std::max<std::int64_t>(1, classes)},
                                      source);
    TRY(weights.check_all_taken());
    return std::make_unique<TrainedNetwork>(std::move(network));
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device, "the network cannot be built: " + error_cause(exception),
                path.string());
  }
}

}  // namespace plumbline

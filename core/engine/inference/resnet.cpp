#include "core/engine/inference/resnet.h"

#include <array>
#include <optional>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/rsqrt.h>
#include <fmt/format.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/convolution.h"
#include "core/engine/inference/weights.h"

namespace plumbline {

namespace {

constexpr double batch_norm_epsilon = 1e-5;
constexpr std::array<std::int64_t, 3> stage_channels = {16, 32, 64};

/// Convolution and batch normalisation in one: weight · γ/σ, and β − μ·γ/σ.
Convolution folded(Weights& weights, const std::string& convolution, const std::string& norm,
                   std::vector<std::int64_t> shape, std::int64_t stride, c10::Device device,
                   Precision precision) {
  const auto weight = weights.take(convolution + ".weight", shape);
  const auto part = [&](const char* name) { return weights.take(norm + name, {shape[0]}); };
  const auto gamma = part(".weight"), beta = part(".bias");
  const auto mean = part(".running_mean"), variance = part(".running_var");
  const auto factor = gamma * at::rsqrt(variance + batch_norm_epsilon);
  return Convolution(weight * factor.view({-1, 1, 1, 1}), beta - mean * factor, stride, device,
                     precision);
}

struct Block {
  Convolution first, second;
  std::optional<Convolution> projection;  ///< shortcut B
  std::int64_t stride, added_channels;    ///< shortcut A
};

class ResNet final : public Network {
 public:
  ResNet(at::MemoryFormat layout, Convolution stem, std::vector<Block> blocks, at::Tensor weight,
         at::Tensor bias)
      : layout_(layout),
        stem_(std::move(stem)),
        blocks_(std::move(blocks)),
        weight_(std::move(weight)),
        bias_(std::move(bias)) {}

  NetworkOutput forward(const at::Tensor& input) override {
    at::Tensor x = stem_.relu(input.contiguous(layout_));
    for (const Block& block : blocks_)
      x = block.second.add_relu(block.first.relu(x), shortcut(block, x));
    return at::linear(x.mean({2, 3}), weight_, bias_);
  }

 private:
  at::Tensor shortcut(const Block& block, const at::Tensor& x) const {
    if (block.projection) return (*block.projection)(x);
    if (block.added_channels == 0) return x;
    // Half of the new channels before, half after, as the published networks have it.
    const auto half = block.added_channels / 2;
    return at::constant_pad_nd(
               x.slice(2, 0, std::nullopt, block.stride).slice(3, 0, std::nullopt, block.stride),
               {0, 0, 0, 0, half, half})
        .contiguous(layout_);
  }

  at::MemoryFormat layout_;
  Convolution stem_;
  std::vector<Block> blocks_;
  at::Tensor weight_, bias_;
};

std::optional<int> blocks_per_stage(std::string_view architecture) {
  if (architecture == "resnet20") return 3;
  if (architecture == "resnet32") return 5;
  if (architecture == "resnet44") return 7;
  if (architecture == "resnet56") return 9;
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Network>> load_resnet(const std::filesystem::path& path,
                                             const ModelCard& card, c10::Device device,
                                             Precision precision) {
  const auto depth = blocks_per_stage(card.architecture);
  if (!depth)
    return bad_input(fmt::format("the architecture '{}' is not known", card.architecture),
                     path.string(), "architectures: " + architecture_names());
  const auto file = SafetensorsFile::open(path);
  TRY(file);
  Weights weights(*file, path.string());
  try {
    const auto convolution = [&](const std::string& name, const std::string& norm,
                                 std::vector<std::int64_t> shape, std::int64_t stride) {
      return folded(weights, name, norm, std::move(shape), stride, device, precision);
    };
    auto stem = convolution("conv1", "bn1", {stage_channels[0], card.input.channels, 3, 3}, 1);
    std::vector<Block> blocks;
    std::int64_t channels = stage_channels[0];
    for (std::size_t stage = 0; stage < stage_channels.size(); ++stage)
      for (int i = 0; i < *depth; ++i) {
        const std::string name = fmt::format("layer{}.{}", stage + 1, i);
        const auto out = stage_channels[stage];
        const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        Block block{convolution(name + ".conv1", name + ".bn1", {out, channels, 3, 3}, stride),
                    convolution(name + ".conv2", name + ".bn2", {out, out, 3, 3}, 1), std::nullopt,
                    stride, out - channels};
        if (out != channels && card.shortcut == "B") {
          const std::string prefix =
              weights.has(name + ".downsample.0.weight") ? ".downsample" : ".shortcut";
          block.projection = convolution(name + prefix + ".0", name + prefix + ".1",
                                         {out, channels, 1, 1}, stride);
        }
        blocks.push_back(std::move(block));
        channels = out;
      }
    const std::string head = weights.has("fc.weight") ? "fc" : "linear";
    const auto classes = card.classes.empty()
                             ? std::max<std::int64_t>(1, weights.first_dimension(head + ".weight"))
                             : static_cast<std::int64_t>(card.classes.size());
    const auto weight = weights.take(head + ".weight", {classes, channels});
    const auto bias = weights.take(head + ".bias", {classes});
    TRY(weights.check_all_taken());
    return std::make_unique<ResNet>(activation_layout(device, precision), std::move(stem),
                                    std::move(blocks), weight.to(device, scalar_type(precision)),
                                    bias.to(device, scalar_type(precision)));
  } catch (const std::exception& exception) {
    return fail(ErrorKind::device, "the network cannot be built: " + error_cause(exception),
                path.string());
  }
}

}  // namespace plumbline

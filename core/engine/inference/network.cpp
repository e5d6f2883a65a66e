#include "core/engine/inference/network.h"

#include <array>
#include <cstring>
#include <fstream>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include "core/data/mapped_file.h"
#include "core/data/zip_directory.h"
#include "core/engine/first_line.h"
#include "core/engine/inference/resnet.h"
#include "core/engine/inference/torchscript_network.h"
#include "core/engine/inference/trained_network.h"
#include "core/types/class_index.h"

namespace plumbline {

namespace {

constexpr std::string_view export_hint =
    "export it once from Python: torch.jit.trace(model.eval(), example).save('model.pt'), or "
    "safetensors.torch.save_file(model.state_dict(), 'model.safetensors')";

}  // namespace

Result<ModelFileKind> model_file_kind(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  TRY(mapped);
  const auto content = mapped->content();
  const auto starts = [&](std::string_view magic) {
    return content.size() >= magic.size() &&
           std::memcmp(content.data(), magic.data(), magic.size()) == 0;
  };
  switch (archive_kind(content)) {
    case ArchiveKind::torchscript: return ModelFileKind::torchscript;
    case ArchiveKind::pickle: return ModelFileKind::pickle;
    case ArchiveKind::package:
    case ArchiveKind::other: return ModelFileKind::unknown;
    case ArchiveKind::none: break;
  }
  if (starts("\x80")) return ModelFileKind::pickle;
  if (content.size() > 9 && content[8] == std::byte{'{'}) return ModelFileKind::safetensors;
  return ModelFileKind::unknown;
}

Result<void> check_model_format(const std::filesystem::path& file) {
  const auto kind = model_file_kind(file);
  TRY(kind);
  if (*kind == ModelFileKind::pickle)
    return bad_input("this is a pickle, which could run any code and is never opened",
                     file.string(), std::string(export_hint));
  if (*kind == ModelFileKind::unknown)
    return bad_input("this is neither TorchScript nor safetensors", file.string(),
                     std::string(export_hint));
  return {};
}

Result<std::unique_ptr<Network>> load_network(const std::filesystem::path& file,
                                              const ModelCard& card, c10::Device device,
                                              Precision precision) {
  TRY(check_model_format(file));
  if (card.task != "classification")
    return bad_input(fmt::format("models for {} cannot be run yet", card.task), file.string(),
                     "import a classifier");
  if (*model_file_kind(file) == ModelFileKind::torchscript)
    return load_torchscript(file, device, precision);
  // Residual networks have a fused form of their own.
  if (card.architecture.starts_with("resnet")) return load_resnet(file, card, device, precision);
  return load_trained_network(file, card, device, precision);
}

Result<void> check_against_card(Network& network, const ModelCard& card, c10::Device device,
                                Precision precision, const std::string& where) {
  const auto& input = card.input;
  const auto wrong = [&](std::string message) {
    return bad_input(std::move(message), where, "correct the model card or the model");
  };
  at::Tensor output;
  try {
    // Two different grey levels, so that an output that ignores its input is not taken for one.
    at::Tensor images = at::full({2, input.channels, input.height, input.width}, 0.5,
                                 at::TensorOptions(device).dtype(scalar_type(precision)));
    images.select(0, 1).fill_(-0.5);
    output =
        network.forward(images.contiguous(at::MemoryFormat::ChannelsLast)).to(at::kCPU, at::kFloat);
  } catch (const std::exception& exception) {
    return wrong(fmt::format("the model does not take the card's input of {} channels, {} × {}: {}",
                             input.channels, input.height, input.width, first_line(exception)));
  }
  if (output.dim() != 2 || output.size(0) != 2) {
    std::string shape;
    for (const auto side : output.sizes())
      shape += (shape.empty() ? "" : " × ") + std::to_string(side);
    return wrong(
        fmt::format("the output is {}, not batch × classes: this is no classifier's output "
                    "kind '{}'",
                    shape, card.output_kind));
  }
  if (!card.classes.empty() && output.size(1) != static_cast<std::int64_t>(card.classes.size()))
    return wrong(fmt::format("the model gives {} classes, its card names {}", output.size(1),
                             card.classes.size()));
  if (output.size(1) > max_classes) return wrong("the model gives too many classes");
  if (!at::isfinite(output).all().item<bool>()) return wrong("the output is not finite");
  const bool sums_to_one =
      output.ge(0).all().item<bool>() && (output.sum(1) - 1).abs().lt(1e-2).all().item<bool>();
  if (card.output_kind == "probabilities" && !sums_to_one)
    return wrong(
        "the card's output kind is 'probabilities', but the output does not sum to 1: it "
        "may be 'logits'");
  if (card.output_kind == "logits" && sums_to_one && output.size(1) > 1)
    return wrong(
        "the card's output kind is 'logits', but the output sums to 1: it may be "
        "'probabilities'");
  return {};
}

}  // namespace plumbline

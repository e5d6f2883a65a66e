#include "core/engine/inference/network.h"

#include <array>
#include <cstring>
#include <fstream>

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include "core/data/compiled_package.h"
#include "core/data/mapped_file.h"
#include "core/data/zip_directory.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/captured_network.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/package_network.h"
#include "core/engine/inference/resnet.h"
#include "core/engine/inference/torchscript_network.h"
#include "core/engine/inference/trained_network.h"

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
    case ArchiveKind::package: return ModelFileKind::package;
    case ArchiveKind::other: return ModelFileKind::unknown;
    case ArchiveKind::none: break;
  }
  if (starts("PK\3\4")) return ModelFileKind::damaged_archive;
  // The length of a safetensors header may begin as a pickle does; a pickle's first bytes, read as
  // such a length, are far beyond any file.
  const bool braced = content.size() > 9 && content[8] == std::byte{'{'};
  std::uint64_t header = 0;
  if (braced) std::memcpy(&header, content.data(), sizeof header);
  if (braced && header <= content.size() - sizeof header) return ModelFileKind::safetensors;
  // A pickle says its protocol, 2 to 5, in the second byte.
  if (starts("\x80") && content.size() > 1 && content[1] >= std::byte{2} &&
      content[1] <= std::byte{5})
    return ModelFileKind::pickle;
  return braced ? ModelFileKind::safetensors : ModelFileKind::unknown;
}

Result<void> check_model_format(const std::filesystem::path& file, NativeCode native) {
  const auto kind = model_file_kind(file);
  TRY(kind);
  if (*kind == ModelFileKind::pickle)
    return bad_input("this is a pickle, which could run any code, so it is never opened",
                     file.string(), std::string(export_hint));
  if (*kind == ModelFileKind::package && native == NativeCode::refused)
    return bad_input(
        "this is a .pt2 package, whose native code could do anything: it is not loaded",
        file.string(),
        "if you trust its author, --trust loads it, confined; otherwise " +
            std::string(export_hint));
  if (*kind == ModelFileKind::package) TRY(read_compiled_package(file));
  if (*kind == ModelFileKind::damaged_archive)
    return bad_input("the archive is cut off or damaged: its directory, at the end, cannot be read",
                     file.string(), "copy or download the file again, and compare its size");
  if (*kind == ModelFileKind::unknown)
    return bad_input("this is neither TorchScript nor safetensors", file.string(),
                     std::string(export_hint));
  return {};
}

Result<std::unique_ptr<Network>> load_network(const std::filesystem::path& file,
                                              const ModelCard& card, c10::Device device,
                                              Precision precision, NativeCode native) {
  TRY(check_model_format(file, native));
  TRY(find_head(card, file.string()));
  const auto kind = model_file_kind(file);
  TRY(kind);
  // Residual networks have a fused form of their own.
  auto network = *kind == ModelFileKind::package       ? load_package(file, device, precision)
                 : *kind == ModelFileKind::torchscript ? load_torchscript(file, device, precision)
                 : card.architecture.starts_with("resnet")
                     ? load_resnet(file, card, device, precision)
                     : load_trained_network(file, card, device, precision);
  TRY(network);
  return capture_network(std::move(*network), device);
}

Result<void> check_against_card(Network& network, const ModelCard& card, c10::Device device,
                                Precision precision, const std::string& where) {
  const auto head = find_head(card, where);
  TRY(head);
  const auto& input = card.input;
  try {
    // Two different grey levels, so that an output that ignores its input is not taken for one.
    at::Tensor images = at::full({2, input.channels, input.height, input.width}, 0.5,
                                 at::TensorOptions(device).dtype(scalar_type(precision)));
    images.select(0, 1).fill_(-0.5);
    const NetworkOutput output = network.forward(images.contiguous(at::MemoryFormat::ChannelsLast));
    return (*head)->check(output, card, where);
  } catch (const std::exception& exception) {
    return bad_input(
        fmt::format("the model does not take the card's input of {} channels, {} × {}: {}",
                    input.channels, input.height, input.width, error_cause(exception)),
        where, "correct the model card or the model");
  }
}

}  // namespace plumbline

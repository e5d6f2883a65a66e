#include "core/engine/planer/export_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/export.h>

#include "core/data/atomic_file.h"
#include "core/data/word_list.h"
#include "core/engine/error_cause.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/network_words.h"
#include "core/engine/planer/torchscript_module.h"
#include "core/study/network_summary.h"
#include "core/study/study.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Result<void> write_torchscript(const NetworkInfo& network, const LanguageModel& model,
                               const fs::path& output) {
  try {
    torch::jit::Module module = make_torchscript(network.config, network.architecture, model);
    auto file = OutputFile::open(output);
    TRY(file);
    // Written as it is made; the first thing that cannot be written ends it.
    Result<void> written;
    torch::jit::ExportModule(module, [&](const void* bytes, std::size_t count) -> std::size_t {
      if (written) written = file->write({static_cast<const std::byte*>(bytes), count});
      return written ? count : 0;
    });
    TRY(written);
    return file->finish();
  } catch (const std::exception& exception) {
    return bad_input("TorchScript cannot be written: " + error_cause(exception), output.string());
  }
}

Result<void> write_safetensors_weights(const NetworkInfo& network, const LanguageModel& model,
                                       const fs::path& output) {
  if (auto saved = save_tensors_output(output, {{"format", "pt"}, {"network", network.name}},
                                       model.parameters().masters());
      !saved)
    return saved;
  ordered_json document = to_json(network.architecture);
  document["config"] = to_json(network.config);
  fs::path beside = output;
  beside.replace_extension(".architecture.json");
  return write_output(beside, std::string_view(document.dump(1) + "\n"));
}

}  // namespace

Result<ordered_json> export_network(const PlanerExportRequest& request) {
  const bool script = request.format == "torchscript";
  if (!script && request.format != "safetensors")
    return usage_error(fmt::format("there is no format '{}'", request.format), "--format",
                       "torchscript or safetensors");
  const auto study = Study::open(request.study, Access::read_only);
  if (!study) return tl::unexpected(study.error());
  const auto network = study->network(request.name);
  if (!network) return tl::unexpected(network.error());
  const auto model = load_network(*study, *network, c10::kCPU, at::kFloat);
  if (!model) return tl::unexpected(model.error());
  const auto words = kept_words(*study, *network);
  if (!words) return tl::unexpected(words.error());
  if ((!script || !words->empty()) && !is_regular_output(request.output))
    return usage_error(fmt::format("{} are written beside it, so it must be a file",
                                   script ? "its words" : "its architecture and words"),
                       request.output.string());
  if (auto written = script ? write_torchscript(*network, **model, request.output)
                            : write_safetensors_weights(*network, **model, request.output);
      !written)
    return tl::unexpected(written.error());
  ordered_json summary = summarize(*network);
  summary["file"] = request.output.string();
  summary["format"] = request.format;
  if (!words->empty()) {
    // Without them its numbers mean nothing.
    fs::path beside = request.output;
    beside.replace_extension(".words");
    if (auto written = write_output(beside, std::string_view(word_list_text(*words))); !written)
      return tl::unexpected(written.error());
    summary["words"] = beside.string();
  }
  return summary;
}

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "core/engine/inference/device.h"
#include "core/engine/inference/heads/network_output.h"
#include "core/study/model_card.h"
#include "core/types/error.h"

namespace plumbline {

/// A network that is ready to run on one device.
class Network {
 public:
  virtual ~Network() = default;
  /// input: [batch, channels, height, width], channels-last, of the network's type and device.
  /// Returns all that it gives; what that means the card's output says. May throw c10::Error.
  virtual NetworkOutput forward(const at::Tensor& input) = 0;
  /// Does what only the first calls with an input's shape do, so that the next one takes what all
  /// others take. May throw as forward() does.
  virtual void prepare(const at::Tensor& /*input*/) {}
  /// Why it runs slower than it could, as a part of a sentence; empty where it does not.
  virtual std::string remark() const { return {}; }
};

/// How a file holds its network, told by content, not by name.
enum class ModelFileKind { torchscript, safetensors, pickle, package, damaged_archive, unknown };
Result<ModelFileKind> model_file_kind(const std::filesystem::path& file);

/// Whether a file that is native code may run: a .pt2 package could do whatever its process can.
enum class NativeCode { refused, trusted };

/// Errors: a pickle or a package of native code that is not trusted, with the way to export it; a
/// package that says too little of itself (read_compiled_package); an archive that is cut off;
/// anything else that is neither TorchScript nor safetensors. Nothing is ever unpickled.
Result<void> check_model_format(const std::filesystem::path& file,
                                NativeCode native = NativeCode::refused);

/// Loads TorchScript, the safetensors of an architecture of ours, or a package that is trusted.
/// Errors: a model for a task that has no output head (heads/output_head.h), and what is wrong with
/// the file.
Result<std::unique_ptr<Network>> load_network(const std::filesystem::path& file,
                                              const ModelCard& card, c10::Device device,
                                              Precision precision,
                                              NativeCode native = NativeCode::refused);

/// Runs the network once on two grey images and compares what comes with the card, by the head of
/// its kind of output.
Result<void> check_against_card(Network& network, const ModelCard& card, c10::Device device,
                                Precision precision, const std::string& where);

}  // namespace plumbline

#include "core/engine/inference/torchscript_network.h"

#include <torch/script.h>

#include "core/engine/first_line.h"
#include "core/engine/inference/torchscript_check.h"

namespace plumbline {

namespace {

class TorchScriptNetwork final : public Network {
 public:
  explicit TorchScriptNetwork(torch::jit::Module module) : module_(std::move(module)) {}

  at::Tensor forward(const at::Tensor& input) override {
    const c10::IValue output = module_.forward({input});
    if (output.isTensor()) return output.toTensor();
    TORCH_CHECK(output.isTuple() && !output.toTupleRef().elements().empty() &&
                    output.toTupleRef().elements()[0].isTensor(),
                "the output is a ", output.tagKind(), ", not a tensor");
    return output.toTupleRef().elements()[0].toTensor();
  }

 private:
  torch::jit::Module module_;
};

}  // namespace

Result<std::unique_ptr<Network>> load_torchscript(const std::filesystem::path& file,
                                                  c10::Device device, Precision precision) {
  TRY(check_torchscript_archive(file));
  try {
    auto module = torch::jit::load(file.string(), c10::Device(c10::kCPU));
    TRY(check_torchscript_graphs(module, file));
    // A trace may hold constants of a device: it is moved before it is frozen.
    module.to(device, scalar_type(precision));
    module.eval();
    return std::make_unique<TorchScriptNetwork>(torch::jit::freeze(module));
  } catch (const std::exception& exception) {
    return bad_input("TorchScript cannot load it: " + first_line(exception), file.string());
  }
}

}  // namespace plumbline

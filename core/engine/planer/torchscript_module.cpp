#include "core/engine/planer/torchscript_module.h"

#include <ATen/ATen.h>

#include "core/engine/planer/torchscript_source.h"

namespace plumbline {

torch::jit::Module make_torchscript(const BackboneConfig& config, const Architecture& architecture,
                                    const LanguageModel& model) {
  torch::jit::Module module("plumbline_network");
  for (const auto& [name, tensor] : model.parameters().masters())
    module.register_parameter(attribute(name), tensor.to(at::kCPU).clone(), /*is_buffer=*/false);
  module.define(torchscript_source(config, architecture));
  return module;
}

}  // namespace plumbline

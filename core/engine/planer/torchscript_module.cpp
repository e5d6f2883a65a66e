#include "core/engine/planer/torchscript_module.h"

#include <cmath>

#include <ATen/ATen.h>

#include "core/engine/planer/torchscript_source.h"

namespace plumbline {

torch::jit::Module make_torchscript(const BackboneConfig& config, const Architecture& architecture,
                                    const LanguageModel& model) {
  torch::jit::Module module("plumbline_network");
  for (const auto& [name, tensor] : model.parameters().masters())
    module.register_parameter(attribute(name), tensor.to(at::kCPU).clone(), /*is_buffer=*/false);
  if (config.positions == Positions::relative) {
    const std::int64_t half = config.d_model / 2;
    at::Tensor frequencies = at::empty({half}, at::kFloat);
    for (std::int64_t i = 0; i < half; ++i)
      frequencies.mutable_data_ptr<float>()[i] = static_cast<float>(
          std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(config.d_model)));
    module.register_parameter("frequencies", frequencies, /*is_buffer=*/true);
  }
  module.define(torchscript_source(config, architecture));
  return module;
}

}  // namespace plumbline

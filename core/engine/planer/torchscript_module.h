#pragma once
#include <torch/csrc/jit/api/module.h>

#include "core/engine/planer/language_model.h"

namespace plumbline {

/// A network as a TorchScript module (see export_network.h). Throws c10::Error.
torch::jit::Module make_torchscript(const BackboneConfig& config, const Architecture& architecture,
                                    const LanguageModel& model);

}  // namespace plumbline

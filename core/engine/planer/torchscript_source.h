#pragma once
#include <string>

#include "core/planer/architecture.h"
#include "core/planer/backbone_config.h"

namespace plumbline {

/// The TorchScript of a network, for Module::define: `forward`, `begin` and `step` as
/// export_network.h has them; `attribute("slots.3.norm.weight")` names its parameters. The same
/// computation as LanguageModel's and InferenceStep's in LibTorch's own operators, written out slot
/// by slot.
std::string torchscript_source(const BackboneConfig& config, const Architecture& architecture);

/// A parameter's name as an attribute: dots become double underscores.
std::string attribute(const std::string& name);

}  // namespace plumbline

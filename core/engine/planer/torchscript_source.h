#pragma once
#include <string>

#include "core/planer/architecture.h"
#include "core/planer/backbone_config.h"

namespace plumbline {

/// The TorchScript of a network's forward pass, for Module::define;
/// `attribute("slots.3.norm.weight")` names its parameters and buffers. The same computation as
/// LanguageModel's, written out slot by slot.
std::string torchscript_source(const BackboneConfig& config, const Architecture& architecture);

/// A parameter's name as an attribute: dots become double underscores.
std::string attribute(const std::string& name);

}  // namespace plumbline

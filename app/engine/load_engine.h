#pragma once
#include "core/engine/engine.h"
#include "core/types/error.h"

namespace plumbline {

/// Loads the engine's module, and LibTorch with it, once: from lib/ beside bin/, else where the
/// loader finds it. Errors (device): what the loader says.
Result<const EngineModule*> load_engine();

}  // namespace plumbline

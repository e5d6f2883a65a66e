#pragma once
#include "core/engine/engine.h"
#include "core/types/error.h"

namespace plumbline {

/// Loads the engine's module, and LibTorch with it, once. Where the program was built, the module
/// is in lib/ beside bin/ and knows its LibTorch. Where it is installed, LibTorch is looked for
/// (find_libtorch), and the module of lib/plumbline/cuda/ is taken if LibTorch's CUDA half can be
/// loaded, else that of lib/plumbline/cpu/. Errors (device): what was not found, or what the loader
/// says.
Result<const EngineModule*> load_engine();

}  // namespace plumbline

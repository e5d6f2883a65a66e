#include "app/engine/load_engine.h"

#include <dlfcn.h>

#include <filesystem>

namespace plumbline {

Result<const EngineModule*> load_engine() {
  static const EngineModule* loaded = nullptr;
  if (loaded) return loaded;
  constexpr const char* name = "libplumbline_engine.so";
  std::error_code code;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", code);
  const auto beside = program.parent_path().parent_path() / "lib" / name;
  void* module = ::dlopen(std::filesystem::exists(beside, code) ? beside.c_str() : name,
                          RTLD_NOW | RTLD_LOCAL);
  if (!module)
    return fail(ErrorKind::device,
                std::string("the engine's module cannot be loaded: ") + ::dlerror(), "",
                "LibTorch 2.11 must be where the program was built to find it, or on "
                "LD_LIBRARY_PATH");
  using Entry = const EngineModule* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(module, "plumbline_engine_module"));
  if (!entry) return fail(ErrorKind::device, "the engine's module is of another version", name);
  loaded = entry();
  return loaded;
}

}  // namespace plumbline

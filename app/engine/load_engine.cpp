#include "app/engine/load_engine.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>

#include "app/engine/find_libtorch.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr const char* module_name = "libplumbline_engine.so";

bool is_there(const fs::path& path) {
  std::error_code code;
  return fs::exists(path, code);
}

Result<const EngineModule*> open_module(const fs::path& file) {
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module)
    return fail(ErrorKind::device,
                std::string("the engine's module cannot be loaded: ") + ::dlerror());
  using Entry = const EngineModule* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(module, "plumbline_engine_module"));
  if (!entry)
    return fail(ErrorKind::device, "the engine's module is of a different version", file.string());
  return entry();
}

/// Loads libraries by their full names, so that the module, which names them without a folder,
/// finds them already there; what they need themselves they find by their own RPATH, as in Python.
/// Not RTLD_GLOBAL: LibTorch's copies of protobuf and others are not for OpenCV's libraries.
/// Returns what the loader says if one fails.
std::optional<std::string> load_libraries(const fs::path& folder,
                                          std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (!::dlopen((folder / name).c_str(), RTLD_NOW | RTLD_LOCAL)) return ::dlerror();
  return {};
}

bool has_nvidia_driver() {
  return is_there("/proc/driver/nvidia/version") || is_there("/dev/nvidiactl");
}

Result<const EngineModule*> load_installed(const fs::path& libraries) {
  const auto torch = find_libtorch();
  TRY(torch);
  const fs::path folder = *torch / "lib";
  if (const auto problem = load_libraries(folder, {"libc10.so", "libtorch_cpu.so"}))
    return fail(ErrorKind::device, "LibTorch cannot be loaded: " + *problem, torch->string());
  const fs::path with_cuda = libraries / "cuda" / module_name;
  if (is_there(with_cuda) && is_there(folder / "libtorch_cuda.so")) {
    const auto problem = load_libraries(folder, {"libc10_cuda.so", "libtorch_cuda.so"});
    if (!problem) return open_module(with_cuda);
    // A LibTorch without NVIDIA's libraries is a CPU's, unless there is a GPU.
    if (has_nvidia_driver())
      fmt::print(stderr, "plumbline-engine: warning: the GPU is not used: {}\n", *problem);
  }
  return open_module(libraries / "cpu" / module_name);
}

}  // namespace

Result<const EngineModule*> load_engine() {
  static const EngineModule* loaded = nullptr;
  if (loaded) return loaded;
  std::error_code code;
  const fs::path library =
      fs::read_symlink("/proc/self/exe", code).parent_path().parent_path() / "lib";
  const fs::path as_built = library / module_name;
  const auto module =
      is_there(as_built) ? open_module(as_built) : load_installed(library / "plumbline");
  if (module) loaded = *module;
  return module;
}

}  // namespace plumbline

#include "core/engine/inference/libtorch_place.h"

#include <dlfcn.h>

#include <ATen/Context.h>

namespace plumbline {

std::filesystem::path libtorch_library() {
  Dl_info library{};
  if (::dladdr(reinterpret_cast<const void*>(&at::globalContext), &library) == 0 ||
      library.dli_fname == nullptr)
    return {};
  return library.dli_fname;
}

}  // namespace plumbline

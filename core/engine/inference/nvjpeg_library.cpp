#include "core/engine/inference/nvjpeg_library.h"

#include <dlfcn.h>

#include <system_error>
#include <type_traits>

#include <fmt/format.h>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

std::string version_of(NvjpegStatus (*property)(int, int*)) {
  std::string version;
  for (int part = 0; part < 3; ++part) {  // major, minor, patch
    int number = 0;
    if (property(part, &number) != NvjpegStatus::success) break;
    version += fmt::format("{}{}", part > 0 ? "." : "", number);
  }
  return version.empty() ? "of unknown version" : version;
}

}  // namespace

std::vector<fs::path> nvjpeg_places(const fs::path& libtorch_library, int cuda_major) {
  const std::string name = fmt::format("libnvjpeg.so.{}", cuda_major);
  std::vector<fs::path> places;
  if (!libtorch_library.empty()) {
    const fs::path folder = libtorch_library.parent_path();  // …/torch/lib
    places.push_back(folder / name);
    const fs::path wheels = folder.parent_path().parent_path() / "nvidia";
    places.push_back(wheels / fmt::format("cu{}", cuda_major) / "lib" / name);
    places.push_back(wheels / "nvjpeg" / "lib" / name);
  }
  places.emplace_back(name);
  return places;
}

Result<std::shared_ptr<const NvjpegLibrary>> open_nvjpeg(const std::vector<fs::path>& places) {
  std::string name, problem;
  auto library = std::make_shared<NvjpegLibrary>();
  for (const fs::path& place : places) {
    name = place.filename().string();
    std::error_code unknown;
    // A file's absence is known before the loader is asked for it.
    if (place.has_parent_path() && !fs::exists(place, unknown)) continue;
    // It stays in the process: its own end and that of CUDA have no order.
    constexpr int flags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
    library->opened = {::dlopen(place.c_str(), flags), [](void* handle) {
                         if (handle != nullptr) ::dlclose(handle);
                       }};
    library->file = place.string();
    if (library->opened) break;
    if (const char* why = ::dlerror(); place.has_parent_path() && why != nullptr) problem = why;
  }
  if (!library->opened && !problem.empty())
    return fail(ErrorKind::device, "nvJPEG cannot be loaded: " + problem, name);
  if (!library->opened)
    return fail(
        ErrorKind::device, "the library that decodes JPEG on the GPU (nvJPEG) was not found", name,
        "it comes with the CUDA toolkit, or with NVIDIA's wheel nvidia-nvjpeg beside torch");
  std::string missing;
  const auto find = [&](const char* symbol, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
        ::dlsym(library->opened.get(), symbol));
    if (!function) missing = symbol;
  };
  find("nvjpegGetHardwareDecoderInfo", library->hardware);
  missing.clear();
  NvjpegStatus (*property)(int, int*) = nullptr;
  find("nvjpegGetProperty", property);
  find("nvjpegCreateEx", library->create);
  find("nvjpegDestroy", library->destroy);
  find("nvjpegJpegStateCreate", library->create_state);
  find("nvjpegJpegStateDestroy", library->destroy_state);
  find("nvjpegDecodeBatchedInitialize", library->begin_batch);
  find("nvjpegDecodeBatched", library->decode_batch);
  find("nvjpegJpegStreamCreate", library->create_stream);
  find("nvjpegJpegStreamDestroy", library->destroy_stream);
  find("nvjpegJpegStreamParseHeader", library->parse_headers);
  find("nvjpegDecodeBatchedSupported", library->is_supported);
  if (!missing.empty())
    return fail(ErrorKind::device, fmt::format("nvJPEG has no {}", missing), library->file,
                "a newer one has it");
  library->version = version_of(property);
  return library;
}

}  // namespace plumbline

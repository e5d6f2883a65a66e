#pragma once
#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

// Of nvJPEG's interface, which its versions keep: what is needed, under our own names. The library
// is opened when the program runs, newer or older than any header.

enum class NvjpegStatus : int { success = 0, allocator_failure = 5 };
enum class NvjpegBackend : int { gpu_hybrid = 2, hardware = 3 };
enum class NvjpegOutput : int { rgb_interleaved = 5 };
/// Chroma is interpolated where it has fewer pixels, as libjpeg's fancy upsampling does.
inline constexpr unsigned nvjpeg_interpolated_upsampling = 1U << 5;

/// Where an image goes to, by planes; of interleaved colours the first alone.
struct NvjpegImage {
  std::array<unsigned char*, 4> planes{};
  std::array<std::size_t, 4> row_bytes{};
};

/// Whatever the library takes for its handles and a CUDA stream.
using NvjpegHandle = void*;

/// The library's functions that are used. Stays open as long as this is there.
struct NvjpegLibrary {
  NvjpegStatus (*create)(NvjpegBackend, void* device_memory, void* pinned_memory, unsigned flags,
                         NvjpegHandle* library) = nullptr;
  NvjpegStatus (*destroy)(NvjpegHandle library) = nullptr;
  NvjpegStatus (*create_state)(NvjpegHandle library, NvjpegHandle* state) = nullptr;
  NvjpegStatus (*destroy_state)(NvjpegHandle state) = nullptr;
  /// Before each batch of another size, and after one that failed.
  NvjpegStatus (*begin_batch)(NvjpegHandle library, NvjpegHandle state, int images, int threads,
                              NvjpegOutput) = nullptr;
  NvjpegStatus (*decode_batch)(NvjpegHandle library, NvjpegHandle state,
                               const unsigned char* const* files, const std::size_t* bytes,
                               NvjpegImage* images, void* stream) = nullptr;
  NvjpegStatus (*create_stream)(NvjpegHandle library, NvjpegHandle* headers) = nullptr;
  NvjpegStatus (*destroy_stream)(NvjpegHandle headers) = nullptr;
  NvjpegStatus (*parse_headers)(NvjpegHandle library, const unsigned char* file, std::size_t bytes,
                                NvjpegHandle headers) = nullptr;
  /// Writes 0 where a batch may hold the file.
  NvjpegStatus (*is_supported)(NvjpegHandle library, NvjpegHandle headers,
                               int* not_supported) = nullptr;
  /// May be empty, in an old library.
  NvjpegStatus (*hardware)(NvjpegHandle library, unsigned* engines,
                           unsigned* cores_of_each) = nullptr;

  std::string version;  ///< "13.3.2"
  std::string file;     ///< as it was opened
  std::shared_ptr<void> opened;
};

/// Where the library of that major version of CUDA may lie, in the order in which it is sought:
/// beside a LibTorch in `libtorch_library` (its folder, and those of NVIDIA's wheels beside it),
/// then by its name, where the system's loader finds it.
std::vector<std::filesystem::path> nvjpeg_places(const std::filesystem::path& libtorch_library,
                                                 int cuda_major);

/// Opens the first that is there; nothing is linked with it. Errors (device): there is none, with
/// the way to get one; it lacks a function.
Result<std::shared_ptr<const NvjpegLibrary>> open_nvjpeg(
    const std::vector<std::filesystem::path>& places);

}  // namespace plumbline

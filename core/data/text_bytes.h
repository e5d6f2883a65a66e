#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// The most that a text may have when it is unpacked.
inline constexpr std::uint64_t max_text_bytes = std::uint64_t{4} << 30;

/// The content of a file that is plain, or packed by gzip or xz, as its first bytes say. Errors: it
/// cannot be read, is damaged, or unpacks to more than `max_bytes` (or, beyond 64 MiB, to more than
/// 1,000 times its size, which no text does).
Result<std::vector<std::byte>> read_text_bytes(const std::filesystem::path& file,
                                               std::uint64_t max_bytes = max_text_bytes);

}  // namespace plumbline

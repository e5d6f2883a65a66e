#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// Makes or replaces the file `path` with the pieces, one after the other. Whoever reads `path`
/// sees the old content or the new, never a part, also after a crash or a loss of power: a
/// temporary file in the same folder (its name ends in ".tmp") is written, synced and renamed, then
/// the folder is synced. A failed write removes the temporary file and leaves `path` as it was; a
/// killed one may leave a file "*.tmp" behind.
/// Errors: ErrorKind::device for a full disk, which the message names; otherwise what the system
/// says.
Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> pieces);
Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::byte> content);
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// Syncs a folder, so that what was renamed into it survives a loss of power.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace plumbline

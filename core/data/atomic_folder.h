#pragma once
#include <filesystem>
#include <functional>

#include "core/types/error.h"

namespace plumbline {

/// Makes the folder `path`, whole or not at all: `fill` is given an empty folder beside it, which
/// gets the name once it is filled. What failed is removed; a killed call may leave a folder
/// "*.tmp" behind.
/// Errors: something of that name is there already; there is no such folder above it; what `fill`
/// returns; what the system says.
Result<void> write_folder_atomically(
    const std::filesystem::path& path,
    const std::function<Result<void>(const std::filesystem::path&)>& fill);

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <set>
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// Whom a study's user trusts. A .pt2 package is native code, so it is loaded only where somebody
/// said --trust: of one file, by its hash, and for this machine and user alone. A study or a bundle
/// that was made elsewhere cannot say so for them.

/// The hashes of files whose code may be run here. Empty where nothing was ever trusted; lines that
/// are damaged, or of other machines, count for nothing.
std::set<std::string> trusted_files(const std::filesystem::path& study);

/// Writes it down, in STUDY/trusted. Errors: what the system says.
Result<void> trust_file(const std::filesystem::path& study, const std::string& model,
                        const std::string& hash);

}  // namespace plumbline

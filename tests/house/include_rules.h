#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline::test {

/// What the house forbids, as "file:line: #include path: reason", in order of files and lines.
/// Judges every source below app/, core/, kernels/, widgets/ and tests/ of `root`.
/// `judged` receives the number of files, if it is not null.
std::vector<std::string> include_violations(const std::filesystem::path& root,
                                            int* judged = nullptr);

}  // namespace plumbline::test

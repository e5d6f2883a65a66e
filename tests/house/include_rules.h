#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::test {

/// One #include line.
struct Include {
  int line = 0;
  std::string path;  ///< as it is written, without quotes or brackets
  bool quoted = false;
};

/// The #include lines of a source text. Comments are skipped; preprocessor conditions are not
/// judged, so an include of every branch counts.
std::vector<Include> parse_includes(std::string_view text);

/// What the house forbids, as "file:line: #include path: reason", in order of files and lines.
/// Judges every source below app/, core/, kernels/, widgets/ and tests/ of `root`.
/// `judged` receives the number of files, if it is not null.
std::vector<std::string> include_violations(const std::filesystem::path& root,
                                            int* judged = nullptr);

}  // namespace plumbline::test

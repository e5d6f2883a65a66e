#pragma once
#include <filesystem>
#include <map>
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

struct Source {
  std::string path;  ///< from the root
  std::vector<Include> includes;
};
using Sources = std::map<std::string, Source>;

/// Every source below app/, core/, kernels/, widgets/ and tests/ of `root`, by its path.
Sources read_sources(const std::filesystem::path& root);

/// Whether a path lies in one of the folders that read_sources() reads.
bool is_ours(std::string_view path);
/// Whether a path lies in a folder or deeper.
bool below(std::string_view path, std::string_view folder);

/// The source that an include means: from the root, or, for quotes, beside the file. Null where
/// there is none.
const Source* resolve(const Sources& sources, const Source& from, const Include& include);

}  // namespace plumbline::test

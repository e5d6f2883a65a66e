#include "tests/house/sources.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

constexpr std::array house_folders = {"app", "core", "kernels", "tests", "widgets"};

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

bool below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

bool is_ours(std::string_view path) {
  return std::ranges::any_of(house_folders,
                             [&](const char* folder) { return below(path, folder); });
}

std::vector<Include> parse_includes(std::string_view text) {
  static const std::regex directive(R"(^\s*#\s*include\s*(?:"([^"]+)\"|<([^>]+)>))");
  std::vector<Include> includes;
  bool comment = false;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    std::string line(text.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    // Block comments, as they are written: from a line's first words to a line's last.
    if (comment) {
      const auto close = line.find("*/");
      if (close == line.npos) continue;
      line.erase(0, close + 2);
      comment = false;
    }
    const auto open = line.find("/*");
    if (open != line.npos && line.find("//") > open &&
        line.substr(0, open).find('"') == line.npos && line.find("*/", open) == line.npos) {
      comment = true;
      line.erase(open);
    }
    if (line.find("include") == line.npos) continue;
    std::smatch match;
    if (std::regex_search(line, match, directive))
      includes.push_back({number, match[1].matched ? match[1] : match[2], match[1].matched});
  }
  return includes;
}

Sources read_sources(const fs::path& root) {
  static const std::set<std::string> suffixes = {".h",  ".hpp", ".inl", ".c",
                                                 ".cc", ".cpp", ".cu",  ".cuh"};
  Sources sources;
  for (const char* folder : house_folders) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !suffixes.contains(entry.path().extension().string()))
        continue;
      const std::string path = entry.path().lexically_relative(root).generic_string();
      sources[path] = {path, parse_includes(read(entry.path()))};
    }
  }
  return sources;
}

const Source* resolve(const Sources& sources, const Source& from, const Include& include) {
  if (const auto found = sources.find(include.path); found != sources.end()) return &found->second;
  if (!include.quoted) return nullptr;
  const auto beside = (fs::path(from.path).parent_path() / include.path).lexically_normal();
  const auto found = sources.find(beside.generic_string());
  return found == sources.end() ? nullptr : &found->second;
}

}  // namespace plumbline::test

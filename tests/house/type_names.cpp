#include "tests/house/type_names.h"

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "tests/house/sources.h"

namespace plumbline::test {

namespace {

/// The type that a line at the left margin begins to define; nothing where it only declares one, or
/// defines a part of another ("struct A::B").
std::optional<std::string> defined_type(const std::string& text, std::size_t line_begin,
                                        const std::string& line) {
  static const std::regex pattern(
      R"(^(?:struct|class|enum class|enum)\s+(?:\[\[[^\]]*\]\]\s*)?(\w+)\s*(?!\s*::)(?=[\s:{]|final|$))");
  std::smatch found;
  if (!std::regex_search(line, found, pattern)) return std::nullopt;
  const std::size_t after = line_begin + static_cast<std::size_t>(found.length(0));
  if (text.compare(after, 2, "::") == 0) return std::nullopt;
  const std::size_t end = text.find_first_of("{;(", after);
  if (end == std::string::npos || text[end] != '{') return std::nullopt;
  return found[1].str();
}

void collect(const std::string& text, const std::string& path,
             std::map<std::string, std::vector<std::string>>& types) {
  bool anonymous = false;
  std::string space;
  std::size_t begin = 0;
  for (std::string line; begin < text.size(); begin += line.size() + 1) {
    line = text.substr(begin, text.find('\n', begin) - begin);
    if (line == "namespace {") anonymous = true;
    if (line == "}  // namespace") anonymous = false;
    if (line.starts_with("namespace ") && line.ends_with(" {"))
      if (line != "namespace {") space = line.substr(10, line.size() - 12);
    if (anonymous) continue;
    if (const auto name = defined_type(text, begin, line)) {
      auto& files = types[space + "::" + *name];
      if (files.empty() || files.back() != path) files.push_back(path);
    }
  }
}

}  // namespace

std::vector<std::string> types_defined_twice(const std::filesystem::path& root) {
  std::map<std::string, std::vector<std::string>> types;
  for (const auto& [path, source] : read_sources(root)) {
    if (below(path, "tests")) continue;
    std::ifstream stream(root / path);
    std::stringstream text;
    text << stream.rdbuf();
    collect(text.str(), path, types);
  }
  std::vector<std::string> twice;
  for (const auto& [name, files] : types) {
    if (files.size() < 2) continue;
    std::string line = name + ": " + files.front();
    for (std::size_t i = 1; i < files.size(); ++i) line += " and " + files[i];
    twice.push_back(line);
  }
  return twice;
}

}  // namespace plumbline::test

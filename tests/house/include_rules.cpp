#include "tests/house/include_rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "tests/house/sources.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

/// LibTorch's module as others may see it: a header without LibTorch.
constexpr std::string_view engine_header = "core/engine/engine.h";

bool below_any(std::string_view path, std::initializer_list<std::string_view> list) {
  return std::ranges::any_of(list, [&](std::string_view folder) { return below(path, folder); });
}

bool is_qt(const std::string& path) {
  static const std::regex qt(R"((Q[A-Z]\w*|Qt\w*(/.*)?|q(?!uadmath\.h)[a-z0-9_]+\.h|ui_\w+\.h))");
  return std::regex_match(path, qt) || path.find("qcustomplot") != path.npos ||
         path.find("QCustomPlot") != path.npos;
}

bool is_torch(std::string_view path) { return below_any(path, {"torch", "ATen", "c10", "caffe2"}); }

bool is_opencv(std::string_view path) { return below(path, "opencv2"); }

bool may_use_qt(std::string_view path) {
  return below_any(path, {"widgets", "app/workbench", "tests"});
}

bool may_use_torch(std::string_view path) {
  return below_any(path, {"core/engine", "kernels", "app/engine", "tests/core/engine",
                          "tests/kernels", "tests/bench", "tests/app/engine", "tests/third_kind"});
}

bool may_use_opencv(std::string_view path) {
  return below_any(path, {"core/data/opencv_module", "tests"});
}

/// Why `from` may not include `to`, both ours; nothing if it may.
std::optional<std::string> against_the_arrows(std::string_view from, std::string_view to) {
  if (below(from, "tests")) return {};
  if (below(to, "tests")) return "nothing outside tests/ includes tests/";
  if (below(to, "app") && !below(from, "app")) return "nothing outside app/ includes app/";
  if (below(from, "kernels"))
    return below(to, "kernels") ? std::nullopt : std::optional("kernels/ includes kernels/ only");
  if (below(to, "core/engine") && to != engine_header &&
      !below_any(from, {"core/engine", "app/engine"}))
    return "core/engine/ is for itself and app/engine/; others include core/engine/engine.h";
  if (below(from, "core"))
    return below_any(to, {"core", "kernels"}) ? std::nullopt
                                              : std::optional("core/ includes core/ and kernels/");
  if (below(from, "widgets"))
    return below_any(to, {"core", "widgets"})
               ? std::nullopt
               : std::optional("widgets/ includes widgets/ and core/");
  if (below(from, "app/engine") && below_any(to, {"widgets", "app/workbench"}))
    return "app/engine/ is without widgets";
  if (below(from, "app/workbench") && below(to, "app/engine"))
    return "app/workbench/ does not include app/engine/";
  return {};
}

/// How `from` comes to LibTorch, as "a.h, b.h, torch/x.h"; empty if it does not.
std::string way_to_torch(const Sources& sources, const Source& from,
                         std::map<std::string, std::string>& known) {
  if (const auto found = known.find(from.path); found != known.end()) return found->second;
  known[from.path] = {};  // includes may go in circles
  std::string way;
  for (const Include& include : from.includes) {
    if (is_torch(include.path)) {
      way = include.path;
    } else if (const Source* next = resolve(sources, from, include)) {
      const std::string further = way_to_torch(sources, *next, known);
      if (!further.empty()) way = next->path + ", " + further;
    }
    if (!way.empty()) break;
  }
  return known[from.path] = way;
}

/// Why this line is forbidden, or nothing.
std::optional<std::string> judge(const Sources& sources, const Source& from, const Include& include,
                                 std::map<std::string, std::string>& torch_ways) {
  if (is_qt(include.path) && !may_use_qt(from.path)) return "Qt is for widgets/ and app/workbench/";
  if (is_torch(include.path) && !may_use_torch(from.path))
    return "LibTorch is for core/engine/, kernels/ and app/engine/";
  if (is_opencv(include.path) && !may_use_opencv(from.path))
    return "OpenCV is for core/data/opencv_module/";
  const Source* to = resolve(sources, from, include);
  const std::string target = to ? to->path : include.path;
  if (is_ours(target)) {
    if (const auto reason = against_the_arrows(from.path, target)) return reason;
    if (!to) return "there is no such file";
    if (to->path != include.path && !below(from.path, "tests"))
      return "ours are included from the repository's root: " + to->path;
    if (!may_use_torch(from.path) || from.path == engine_header) {
      const std::string way = way_to_torch(sources, *to, torch_ways);
      if (!way.empty()) return "brings in LibTorch by " + way;
    }
  } else if (include.quoted && !include.path.ends_with(".moc")) {
    return "quotes are for ours, and there is no such file";
  }
  if (from.path == engine_header && is_torch(include.path))
    return "the engine's public header is without LibTorch";
  return {};
}

}  // namespace

std::vector<std::string> include_violations(const fs::path& root, int* judged) {
  const Sources sources = read_sources(root);
  if (judged) *judged = static_cast<int>(sources.size());
  std::vector<std::string> violations;
  std::map<std::string, std::string> torch_ways;
  for (const auto& [path, source] : sources)
    for (const Include& include : source.includes)
      if (const auto reason = judge(sources, source, include, torch_ways))
        violations.push_back(path + ":" + std::to_string(include.line) + ": #include " +
                             include.path + ": " + *reason);
  return violations;
}

}  // namespace plumbline::test

#include "tests/house/folder_circles.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "tests/house/sources.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

/// For each folder what it includes, with one file that does.
using Arrows = std::map<std::string, std::map<std::string, std::string>>;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Arrows arrows_of(const fs::path& root, const std::vector<FolderArrow>& without) {
  const Sources sources = read_sources(root);
  Arrows arrows;
  for (const auto& [path, source] : sources)
    for (const std::string_view house : {"core", "widgets"}) {
      if (!below(path, house)) continue;
      for (const Include& include : source.includes) {
        const Source* to = resolve(sources, source, include);
        if (to == nullptr || !below(to->path, house)) continue;
        const FolderArrow arrow{folder_of(path), folder_of(to->path)};
        if (arrow.from == arrow.to || std::ranges::find(without, arrow) != without.end()) continue;
        arrows[arrow.from].try_emplace(arrow.to, path + " includes " + to->path);
      }
    }
  return arrows;
}

/// The folders of a shortest way, both ends included; empty where there is none.
std::vector<std::string> shortest_way(const Arrows& arrows, const std::string& from,
                                      const std::string& to) {
  std::map<std::string, std::string> before{{from, {}}};
  std::deque<std::string> next{from};
  while (!next.empty() && !before.contains(to)) {
    const std::string at = next.front();
    next.pop_front();
    const auto out = arrows.find(at);
    if (out == arrows.end()) continue;
    for (const auto& [folder, file] : out->second)
      if (before.try_emplace(folder, at).second) next.push_back(folder);
  }
  std::vector<std::string> way;
  if (!before.contains(to)) return way;
  for (std::string at = to; !at.empty(); at = before[at]) way.push_back(at);
  std::ranges::reverse(way);
  return way;
}

}  // namespace

std::vector<std::string> folder_circles(const fs::path& root,
                                        const std::vector<FolderArrow>& allowed) {
  const Arrows arrows = arrows_of(root, allowed);
  std::vector<std::string> circles;
  std::set<std::set<std::string>> seen;
  for (const auto& [from, targets] : arrows)
    for (const auto& [to, file] : targets) {
      const auto back = shortest_way(arrows, to, from);
      if (back.empty() || !seen.insert({back.begin(), back.end()}).second) continue;
      std::string line = from + " -> " + to + " (" + file + ")";
      for (std::size_t i = 1; i < back.size(); ++i)
        line += " -> " + back[i] + " (" + arrows.at(back[i - 1]).at(back[i]) + ")";
      circles.push_back(std::move(line));
    }
  return circles;
}

std::vector<std::string> needless_arrows(const fs::path& root,
                                         const std::vector<FolderArrow>& allowed) {
  const Arrows arrows = arrows_of(root, {});
  std::vector<std::string> needless;
  for (const FolderArrow& arrow : allowed) {
    const auto out = arrows.find(arrow.from);
    const bool there = out != arrows.end() && out->second.contains(arrow.to);
    if (!there || shortest_way(arrows, arrow.to, arrow.from).empty())
      needless.push_back(arrow.from + " -> " + arrow.to);
  }
  return needless;
}

}  // namespace plumbline::test

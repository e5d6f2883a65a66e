#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline::test {

/// A file of one folder that includes a file of another.
struct FolderArrow {
  std::string from;  ///< "core/study"
  std::string to;
  bool operator==(const FolderArrow&) const = default;
};

/// Circles among the folders of `root`'s core/ and widgets/: folders that include each other,
/// directly or around. One line each, "a -> b (a/x.cpp includes b/y.h) -> …", a shortest circle of
/// its folders. A folder is where a file lies; what lies deeper is another folder. Arrows in
/// `allowed` are overlooked.
std::vector<std::string> folder_circles(const std::filesystem::path& root,
                                        const std::vector<FolderArrow>& allowed = {});

/// Those of `allowed` that are part of no circle any more, as "a -> b".
std::vector<std::string> needless_arrows(const std::filesystem::path& root,
                                         const std::vector<FolderArrow>& allowed);

}  // namespace plumbline::test

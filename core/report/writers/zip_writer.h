#pragma once
#include <string>
#include <vector>

namespace plumbline {

/// A file as a report's writer made it.
struct ReportFile {
  std::string name, content;
};

/// A ZIP archive of some files, stored as they are, dated 1980: equal files give equal bytes. All
/// together below 4 GB, at most 65,535 files.
std::string zip_of(const std::vector<ReportFile>& files);

}  // namespace plumbline

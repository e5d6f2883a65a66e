#include <algorithm>
#include <set>

#include "core/data/compiled_package.h"
#include "core/data/zip_directory.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

/// What is known of an archive whose directory was found good.
void look_at_entries(Content content) {
  const auto listing = zip_listing(content);
  expect(listing.has_value(), "an archive that may be unpacked has a directory");
  std::set<std::string_view> names;
  std::uint64_t kept = 0, unpacked = 0;
  for (const ZipEntry& entry : *listing) {
    expect(names.insert(entry.name).second, "no name stands twice");
    expect(entry.offset <= content.size() && entry.packed <= content.size() - entry.offset,
           "an entry lies in the archive");
    expect(!entry.name.empty() && entry.name.front() != '/' && !entry.name.starts_with("../") &&
               entry.name.find("/../") == entry.name.npos,
           "no entry leads out of the archive");
    kept += entry.packed;
    unpacked += entry.unpacked;
  }
  expect(kept <= content.size(), "no two entries lie in the same bytes");
  constexpr std::uint64_t little = 1 << 20, most = 201;
  expect(unpacked <= std::max(little + content.size(), most * content.size()),
         "an archive unpacks to little more than it is");
}

}  // namespace

void read_archive(Content content) {
  static_cast<void>(archive_kind(content));
  if (const auto checked = check_archive_entries(content, "net.pt"); checked)
    look_at_entries(content);
  else
    expect_error(checked.error());
  const auto names = zip_entries(content);
  if (!names) return;
  for (const std::string_view name : *names) touch(std::as_bytes(std::span(name)));
}

void read_package(Content content) {
  namespace fs = std::filesystem;
  const fs::path file = scratch_file("net.pt2", content), folder = scratch_folder() / "unpacked";
  const auto package = read_compiled_package(file);
  if (taken(package)) {
    expect(!package->models.empty() && (package->device == "cpu" || package->capability > 0),
           "a package says a device and has a model");
    for (const CompiledModel& model : package->models)
      expect(model.least_batch >= 1 && model.least_batch <= model.most_batch,
             "a model says sizes of batches");
    expect(package->model_for(7) < package->models.size(), "a batch has a model");
  }
  fs::remove_all(folder);
  fs::create_directory(folder);
  const auto libraries = unpack_compiled_package(file, folder);
  std::uint64_t bytes = 0;
  for (const auto& model : fs::directory_iterator(folder)) {
    expect(model.is_directory(), "a model has a folder of its own");
    for (const auto& entry : fs::directory_iterator(model)) {
      expect(entry.is_regular_file(), "what is unpacked lies side by side");
      bytes += entry.file_size();
    }
  }
  expect(bytes <= content.size(), "a package unpacks to no more than it is");
  if (taken(libraries))
    for (const fs::path& library : *libraries)
      expect(fs::exists(library), "the library was unpacked");
}

}  // namespace plumbline::fuzz

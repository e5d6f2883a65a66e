#include <fmt/format.h>
#include <algorithm>
#include <new>

#include "core/data/cifar10.h"
#include "core/data/dataset_scan.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"

namespace plumbline {

namespace {

Result<DatasetScan> checked_cifar10(const std::vector<std::filesystem::path>& files,
                                    const ScanProgress& progress) {
  if (files.empty()) return usage_error("no file is named", "--images");
  DatasetScan scan;
  scan.format = DatasetFormat::cifar10;
  scan.classes = {"airplane", "automobile", "bird",  "cat",  "deer",
                  "dog",      "frog",       "horse", "ship", "truck"};

  // All lengths are checked first, so that a wrong one is found at once.
  std::vector<FileHandle> handles;
  std::uint64_t total = 0;
  for (const auto& path : files) {
    auto file = FileHandle::open(std::filesystem::absolute(path).lexically_normal());
    TRY(file);
    if (file->size() == 0 || file->size() % cifar10_record_bytes != 0) {
      return bad_input(
          fmt::format("has {} bytes, not a multiple of CIFAR-10's {} per record: it is cut off at "
                      "record {}, or of another format",
                      file->size(), cifar10_record_bytes, file->size() / cifar10_record_bytes),
          file->path().string());
    }
    total += file->size() / cifar10_record_bytes;
    handles.push_back(std::move(*file));
  }

  constexpr std::uint64_t records_at_once = 512;
  std::vector<std::byte> buffer(records_at_once * cifar10_record_bytes);
  for (std::size_t source = 0; source < handles.size(); ++source) {
    const FileHandle& file = handles[source];
    const std::uint64_t records = file.size() / cifar10_record_bytes;
    Hasher hasher;
    for (std::uint64_t first = 0; first < records; first += records_at_once) {
      const std::uint64_t count = std::min(records_at_once, records - first);
      const auto piece = std::span(buffer).first(count * cifar10_record_bytes);
      if (auto read = file.read_at(first * cifar10_record_bytes, piece); !read) {
        return tl::unexpected(std::move(read.error()));
      }
      hasher.add(piece);
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto label = std::to_integer<ClassIndex>(piece[i * cifar10_record_bytes]);
        if (label > 9) {
          return bad_input(fmt::format("record {} has the label {}, above 9", first + i, label),
                           file.path().string());
        }
        ScannedSample sample;
        sample.source = static_cast<int>(source);
        sample.record = static_cast<std::int64_t>(first + i);
        sample.name = std::to_string(first + i);
        sample.label = label;
        scan.samples.push_back(std::move(sample));
      }
      if (progress && !progress(static_cast<std::int64_t>(scan.samples.size()),
                                static_cast<std::int64_t>(total))) {
        return fail(ErrorKind::cancelled, "cancelled");
      }
    }
    scan.sources.push_back({file.path(), file.size(), hasher.digest()});
  }
  return scan;
}

}  // namespace

Result<DatasetScan> scan_cifar10(const std::vector<std::filesystem::path>& files,
                                 const ScanProgress& progress) {
  try {
    return checked_cifar10(files, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory");
  } catch (const std::filesystem::filesystem_error& error) {
    return bad_input(error.code().message(), error.path1().string());
  }
}

}  // namespace plumbline

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <new>

#include "core/data/dataset_scan.h"
#include "core/data/hash.h"
#include "core/data/idx_file.h"
#include "core/types/count_text.h"

namespace plumbline {

namespace {

Result<DataSource> source_of(const IdxFile& idx) {
  auto hash = hash_file(idx.file().path());
  TRY(hash);
  return DataSource{idx.file().path(), idx.file().size(), std::move(*hash)};
}

/// Classes are named by their numbers from 0 to the last label; one that no sample has is named,
/// since it may be a wrong label that makes it.
void name_classes(std::span<const std::uint8_t> labels, const std::filesystem::path& file,
                  DatasetScan& scan) {
  std::array<bool, 256> has_sample{};
  for (const std::uint8_t label : labels) has_sample[label] = true;
  const int last = *std::ranges::max_element(labels);
  for (int i = 0; i <= last; ++i) scan.classes.push_back(std::to_string(i));
  const auto empty = std::count(has_sample.begin(), has_sample.begin() + last, false);
  if (empty > 0)
    scan.warnings.push_back({file.filename().string(),
                             fmt::format("labels 0 to {} make {} classes; {} of them {} no sample",
                                         last, last + 1, empty, empty == 1 ? "has" : "have")});
}

Result<DatasetScan> checked_idx(const std::filesystem::path& images,
                                const std::filesystem::path& labels, const ScanProgress& progress) {
  DatasetScan scan;
  scan.format = DatasetFormat::idx;
  const auto image_file =
      IdxFile::open(std::filesystem::absolute(images).lexically_normal(), IdxContent::images);
  TRY(image_file);

  std::vector<std::uint8_t> values;
  if (!labels.empty()) {
    const auto label_file =
        IdxFile::open(std::filesystem::absolute(labels).lexically_normal(), IdxContent::labels);
    TRY(label_file);
    if (label_file->count() != image_file->count()) {
      return bad_input(
          fmt::format("has {} for the {} of {}", count_text(label_file->count(), "label"),
                      count_text(image_file->count(), "image"), image_file->file().path().string()),
          label_file->file().path().string());
    }
    values.reserve(label_file->payload_bytes());
    const auto read = label_file->read_payload([&](std::span<const std::byte> piece) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(piece.data());
      values.insert(values.end(), bytes, bytes + piece.size());
      return true;
    });
    TRY(read);
    auto label_source = source_of(*label_file);
    TRY(label_source);
    scan.sources.push_back(std::move(*label_source));
    name_classes(values, label_file->file().path(), scan);
  }

  // Inflates the images once, so that a damaged file is found before it is used.
  const auto total = static_cast<std::int64_t>(image_file->payload_bytes());
  std::int64_t done = 0;
  const auto checked = image_file->read_payload([&](std::span<const std::byte> piece) {
    done += static_cast<std::int64_t>(piece.size());
    return !progress || progress(done, total);
  });
  TRY(checked);
  auto image_source = source_of(*image_file);
  TRY(image_source);
  scan.sources.insert(scan.sources.begin(), std::move(*image_source));

  scan.samples.resize(static_cast<std::size_t>(image_file->count()));
  for (std::size_t i = 0; i < scan.samples.size(); ++i) {
    ScannedSample& sample = scan.samples[i];
    sample.record = static_cast<std::int64_t>(i);
    sample.name = std::to_string(i);
    if (!values.empty()) sample.label = values[i];
  }
  return scan;
}

}  // namespace

Result<DatasetScan> scan_idx(const std::filesystem::path& images,
                             const std::filesystem::path& labels, const ScanProgress& progress) {
  try {
    return checked_idx(images, labels, progress);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory", images.string());
  } catch (const std::filesystem::filesystem_error& error) {
    return bad_input(error.code().message(), images.string());
  }
}

}  // namespace plumbline

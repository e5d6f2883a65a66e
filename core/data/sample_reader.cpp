#include "core/data/sample_reader.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>

#include "core/data/cifar10.h"
#include "core/data/file_handle.h"
#include "core/data/hash.h"
#include "core/data/idx_file.h"

namespace plumbline {

namespace {

/// A file of records, open; never changed afterwards, so that threads share it without a lock.
struct OpenSource {
  std::optional<IdxFile> idx;         ///< MNIST's format
  std::optional<FileHandle> cifar10;  ///< CIFAR-10's
  std::vector<std::byte> inflated;    ///< the images of a gzip file
};

Result<void> check_size(const DataSource& source, std::uint64_t size) {
  if (size == source.size) return {};
  return bad_input(fmt::format("has {} bytes, but had {} when it was imported", size, source.size),
                   source.path.string(), "restore the file, or import it as another data set");
}

Result<std::shared_ptr<const OpenSource>> open_source(DatasetFormat format,
                                                      const DataSource& source) {
  auto open = std::make_shared<OpenSource>();
  if (format == DatasetFormat::cifar10) {
    auto file = FileHandle::open(source.path);
    TRY(file);
    if (auto same = check_size(source, file->size()); !same) {
      return tl::unexpected(std::move(same.error()));
    }
    open->cifar10 = std::move(*file);
    return open;
  }
  // Checked before the content, so that a changed file is called changed and not damaged.
  auto file = FileHandle::open(source.path);
  TRY(file);
  if (auto same = check_size(source, file->size()); !same) {
    return tl::unexpected(std::move(same.error()));
  }
  auto idx = IdxFile::open(source.path, IdxContent::images);
  TRY(idx);
  if (idx->compressed()) {
    open->inflated.reserve(idx->payload_bytes());
    auto read = idx->read_payload([&](std::span<const std::byte> piece) {
      open->inflated.insert(open->inflated.end(), piece.begin(), piece.end());
      return true;
    });
    TRY(read);
  }
  open->idx = std::move(*idx);
  return open;
}

Result<Image> read_idx(const OpenSource& source, std::uint64_t record) {
  const IdxFile& idx = *source.idx;
  Image image;
  image.width = idx.width();
  image.height = idx.height();
  image.channels = idx.channels();
  image.pixels.resize(idx.record_bytes());
  const std::uint64_t offset = record * idx.record_bytes();
  if (idx.compressed()) {
    std::memcpy(image.pixels.data(), source.inflated.data() + offset, image.pixels.size());
  } else {
    auto read = idx.file().read_at(idx.header_bytes() + offset,
                                   std::as_writable_bytes(std::span(image.pixels)));
    TRY(read);
  }
  return image;
}

Result<Image> read_cifar10(const OpenSource& source, std::uint64_t record) {
  std::uint8_t planes[3 * cifar10_plane_bytes];
  auto read = source.cifar10->read_at(record * cifar10_record_bytes + 1,
                                      std::as_writable_bytes(std::span(planes)));
  TRY(read);
  Image image{cifar10_side, cifar10_side, 3, std::vector<std::uint8_t>(sizeof planes)};
  for (std::size_t i = 0; i < cifar10_plane_bytes; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[3 * i + c] = planes[c * cifar10_plane_bytes + i];
    }
  }
  return image;
}

/// Names come from a study, which may be anybody's: none may lead out of its folder.
bool stays_below(const std::string& name) {
  if (name.empty() || name.find('\0') != std::string::npos) return false;
  const std::filesystem::path path(name);
  if (path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

struct SampleReader::State {
  struct Source {
    DataSource data;
    std::mutex mutex;  ///< guards `open`; a second reader waits here while the first inflates
    std::shared_ptr<const OpenSource> open;
  };
  DatasetFormat format{};
  std::vector<std::unique_ptr<Source>> sources;

  Result<std::shared_ptr<const OpenSource>> opened(Source& source) const {
    const std::lock_guard lock(source.mutex);
    // A failure is not kept: the file may come back.
    if (source.open == nullptr) {
      auto open = open_source(format, source.data);
      TRY(open);
      source.open = std::move(*open);
    }
    return source.open;
  }

  /// The file that holds the sample's image.
  Result<std::filesystem::path> file(const SampleLocator& sample) const {
    if (sample.source < 0 || static_cast<std::size_t>(sample.source) >= sources.size()) {
      return bad_input(fmt::format("the data set has no file {}", sample.source), sample.name);
    }
    const DataSource& source = sources[static_cast<std::size_t>(sample.source)]->data;
    if (!format_info(format).is_folder) return source.path;
    if (!stays_below(sample.name)) {
      return bad_input("the sample's name leads out of the data set's folder", sample.name);
    }
    return source.path / sample.name;
  }

  Result<Image> read(const SampleLocator& sample, int longest_side) const {
    const auto path = file(sample);
    TRY(path);
    if (format_info(format).is_folder) return read_image(*path, longest_side, sample.hash);
    const std::string where = path->string();
    const auto open = opened(*sources[static_cast<std::size_t>(sample.source)]);
    TRY(open);
    const std::int64_t count =
        format == DatasetFormat::idx
            ? (*open)->idx->count()
            : static_cast<std::int64_t>((*open)->cifar10->size() / cifar10_record_bytes);
    if (sample.record < 0 || sample.record >= count) {
      return bad_input(fmt::format("has no record {}: it has {}", sample.record, count), where);
    }
    const auto record = static_cast<std::uint64_t>(sample.record);
    auto image =
        format == DatasetFormat::idx ? read_idx(**open, record) : read_cifar10(**open, record);
    if (!image) image.error().message += fmt::format(" (record {})", sample.record);
    return image;
  }
};

SampleReader::SampleReader(DatasetFormat format, std::vector<DataSource> sources)
    : state_(std::make_unique<State>()) {
  state_->format = format;
  for (DataSource& data : sources) {
    state_->sources.push_back(std::make_unique<State::Source>());
    state_->sources.back()->data = std::move(data);
  }
}
SampleReader::~SampleReader() = default;
SampleReader::SampleReader(SampleReader&&) noexcept = default;
SampleReader& SampleReader::operator=(SampleReader&&) noexcept = default;

std::vector<DataSource> SampleReader::sources() const {
  std::vector<DataSource> all;
  for (const auto& source : state_->sources) all.push_back(source->data);
  return all;
}

std::string SampleReader::place(const SampleLocator& sample) const {
  if (sample.source < 0 || static_cast<std::size_t>(sample.source) >= state_->sources.size())
    return sample.name;
  const auto& path = state_->sources[static_cast<std::size_t>(sample.source)]->data.path;
  if (format_info(state_->format).is_folder) return (path / sample.name).string();
  return fmt::format("{} record {}", path.string(), sample.record);
}

Result<void> SampleReader::check_sources() const {
  if (format_info(state_->format).is_folder) return {};
  for (const auto& source : state_->sources) {
    const DataSource& data = source->data;
    const auto file = FileHandle::open(data.path);
    TRY(file);
    TRY(check_size(data, file->size()));
    const auto hash = hash_file(data.path);
    TRY(hash);
    if (*hash != data.hash)
      return bad_input("has changed since it was imported", data.path.string(),
                       "restore the file, or import it as another data set");
  }
  return {};
}

Result<std::uint64_t> SampleReader::fingerprint(const SampleLocator& sample) const {
  try {
    const auto path = state_->file(sample);
    TRY(path);
    struct stat status{};
    if (::stat(path->c_str(), &status) != 0)
      return tl::unexpected(system_error(errno, "cannot be opened", *path));
    // The time of the file's own change too: a copy can bring the old content's time with it.
    const std::array<std::int64_t, 6> state = {status.st_size,         status.st_mtim.tv_sec,
                                               status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                                               status.st_ctim.tv_nsec, sample.record};
    return XXH3_64bits_withSeed(sample.name.data(), sample.name.size(),
                                XXH3_64bits(state.data(), sizeof state));
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be read: out of memory", sample.name);
  }
}

bool SampleReader::has_files() const { return format_info(state_->format).is_folder; }

Result<std::vector<std::byte>> SampleReader::read_file(const SampleLocator& sample) const {
  if (!has_files()) return bad_input("is not a file of its own", place(sample));
  try {
    const auto path = state_->file(sample);
    TRY(path);
    return read_image_file(*path, sample.hash);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be read: out of memory", sample.name);
  }
}

Result<Image> SampleReader::read(const SampleLocator& sample, int longest_side) const {
  try {
    return state_->read(sample, longest_side);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be read: out of memory", sample.name);
  }
}

}  // namespace plumbline

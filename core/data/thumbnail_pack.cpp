#include "core/data/thumbnail_pack.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace plumbline {

namespace {

constexpr std::array<char, 16> file_magic = {'P', 'L', 'T', 'H', 'U', 'M', 'B', 'S', '1'};
constexpr std::uint32_t record_magic = 0x31485450;  // "PTH1"

/// What stands before the split's name and the JPEG.
struct RecordHeader {
  std::uint32_t magic = record_magic;
  std::uint32_t jpeg_bytes = 0;
  std::uint16_t split_bytes = 0;
  std::uint16_t side = 0;
  std::uint32_t reserved = 0;
  std::int64_t dataset = 0;
  std::int64_t position = 0;
  std::uint64_t source = 0;
  std::uint64_t jpeg_checksum = 0;
  std::uint64_t header_checksum = 0;  ///< of all above and the split's name
};
static_assert(sizeof(RecordHeader) == 56);

std::uint64_t checksum_of(const RecordHeader& header, std::string_view split) {
  const std::uint64_t fields = XXH3_64bits(&header, offsetof(RecordHeader, header_checksum));
  return XXH3_64bits_withSeed(split.data(), split.size(), fields);
}

/// Returns how many bytes could be read; fewer than asked for is no error here.
std::size_t read_some(int descriptor, std::uint64_t offset, std::span<std::byte> target) {
  std::size_t done = 0;
  while (done < target.size()) {
    const ssize_t got = ::pread(descriptor, target.data() + done, target.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool read_at(int descriptor, std::uint64_t offset, std::span<std::byte> target) {
  return read_some(descriptor, offset, target) == target.size();
}

bool write_at(int descriptor, std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    offset += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// The key by which a thumbnail is found; its source is compared afterwards.
struct Place {
  std::int64_t dataset = 0, position = 0;
  std::uint32_t split = 0;  ///< index into the names that were seen
  std::uint16_t side = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

struct PlaceHash {
  std::size_t operator()(const Place& place) const {
    const std::array<std::uint64_t, 3> words = {static_cast<std::uint64_t>(place.dataset),
                                                static_cast<std::uint64_t>(place.position),
                                                std::uint64_t{place.split} << 16 | place.side};
    return XXH3_64bits(words.data(), sizeof words);
  }
};

struct Entry {
  std::uint64_t offset = 0, source = 0;
  std::uint32_t jpeg_bytes = 0;
};

bool is_kept(const ThumbnailKey& key, std::string_view name) {
  return key.side > 0 && key.side <= UINT16_MAX && name.size() <= ThumbnailPack::longest_split;
}

/// What a record has as its split's name: that of a crop goes on, after a zero byte, with its
/// place.
std::string record_name(const ThumbnailKey& key) {
  if (!key.crop) return key.split;
  const PixelRect& crop = *key.crop;
  return fmt::format("{}{}{},{},{},{}", key.split, '\0', crop.left, crop.top, crop.width,
                     crop.height);
}

std::uint64_t record_bytes(const RecordHeader& header) {
  return sizeof header + header.split_bytes + header.jpeg_bytes;
}

/// A record's header and split, where they are whole; nothing larger than the bounds is read.
struct ReadHeader {
  RecordHeader header;
  std::string split;
};

std::optional<ReadHeader> read_header(int descriptor, std::uint64_t offset) {
  ReadHeader read;
  // Names are short: one call reads most of them with their header.
  std::array<std::byte, 128> bytes;
  const std::size_t there = read_some(descriptor, offset, bytes);
  if (there < sizeof read.header) return std::nullopt;
  std::memcpy(&read.header, bytes.data(), sizeof read.header);
  const RecordHeader& header = read.header;
  if (header.magic != record_magic || header.jpeg_bytes == 0 || header.side == 0 ||
      header.jpeg_bytes > ThumbnailPack::largest_jpeg ||
      header.split_bytes > ThumbnailPack::longest_split)
    return std::nullopt;
  read.split.resize(header.split_bytes);
  const std::uint64_t split = offset + sizeof header;
  if (sizeof header + header.split_bytes <= there)
    std::memcpy(read.split.data(), bytes.data() + sizeof header, header.split_bytes);
  else if (!read_at(descriptor, split, std::as_writable_bytes(std::span(read.split))))
    return std::nullopt;
  if (header.header_checksum != checksum_of(header, read.split)) return std::nullopt;
  return read;
}

}  // namespace

struct ThumbnailPack::State {
  int descriptor = -1;
  bool writer = false;
  std::uint64_t most_bytes = 0;

  mutable std::mutex mutex;  ///< guards all below
  std::uint64_t end = 0;     ///< of the last whole record
  std::unordered_map<std::string, std::uint32_t> splits;
  std::unordered_map<Place, Entry, PlaceHash> index;

  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }

  void open(const std::filesystem::path& file) {
    // Not through a link, which could make another file the one that is cut; a pipe would block.
    constexpr int careful = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | careful, 0666);
    writer = descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (descriptor < 0) descriptor = ::open(file.c_str(), O_RDONLY | careful);
    struct stat status{};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
      writer = false;
      return;
    }
    std::array<char, file_magic.size()> begin{};
    if (read_at(descriptor, 0, std::as_writable_bytes(std::span(begin))) && begin == file_magic)
      read_records(static_cast<std::uint64_t>(status.st_size));
    else
      start_anew();
  }

  void read_records(std::uint64_t size) {
    end = file_magic.size();
    while (const auto read = read_header(descriptor, end)) {
      const std::uint64_t next = end + record_bytes(read->header);
      if (next > size) break;
      add(read->header, read->split, end);
      end = next;
    }
    // What follows was torn off, or is no record: no reader ever gets there.
    if (writer && end < size && ::ftruncate(descriptor, static_cast<off_t>(end)) != 0)
      writer = false;
  }

  void start_anew() {
    index.clear();
    end = file_magic.size();
    if (writer)
      writer = ::ftruncate(descriptor, 0) == 0 &&
               write_at(descriptor, 0, std::as_bytes(std::span(file_magic)));
  }

  void add(const RecordHeader& header, const std::string& split, std::uint64_t offset) {
    const auto number = static_cast<std::uint32_t>(splits.size());
    const auto name = splits.try_emplace(split, number).first;
    index[{header.dataset, header.position, name->second, header.side}] = {offset, header.source,
                                                                           header.jpeg_bytes};
  }

  std::optional<Entry> entry(const ThumbnailKey& key, const std::string& split) const {
    const std::lock_guard lock(mutex);
    const auto name = splits.find(split);
    if (name == splits.end()) return std::nullopt;
    const auto found =
        index.find({key.dataset, key.position, name->second, static_cast<std::uint16_t>(key.side)});
    if (found == index.end() || found->second.source != key.source) return std::nullopt;
    return found->second;
  }
};

ThumbnailPack::ThumbnailPack(std::unique_ptr<State> state) : state_(std::move(state)) {}
ThumbnailPack::ThumbnailPack(ThumbnailPack&&) noexcept = default;
ThumbnailPack& ThumbnailPack::operator=(ThumbnailPack&&) noexcept = default;
ThumbnailPack::~ThumbnailPack() = default;

ThumbnailPack ThumbnailPack::open(const std::filesystem::path& file, std::uint64_t most_bytes) {
  auto state = std::make_unique<State>();
  state->most_bytes = most_bytes;
  state->open(file);
  return ThumbnailPack(std::move(state));
}

std::optional<std::vector<std::byte>> ThumbnailPack::find(const ThumbnailKey& key) const {
  const std::string name = record_name(key);
  if (!is_kept(key, name)) return std::nullopt;
  const auto entry = state_->entry(key, name);
  if (!entry) return std::nullopt;
  const std::size_t before = sizeof(RecordHeader) + name.size();
  std::vector<std::byte> record(before + entry->jpeg_bytes);
  if (!read_at(state_->descriptor, entry->offset, record)) return std::nullopt;
  // Another program may have started the file anew: what lies there now must be what was meant.
  RecordHeader header;
  std::memcpy(&header, record.data(), sizeof header);
  if (header.magic != record_magic || header.jpeg_bytes != entry->jpeg_bytes ||
      header.split_bytes != name.size() || header.side != key.side ||
      header.dataset != key.dataset || header.position != key.position ||
      header.source != key.source || header.header_checksum != checksum_of(header, name) ||
      std::memcmp(record.data() + sizeof header, name.data(), name.size()) != 0)
    return std::nullopt;
  record.erase(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(before));
  if (header.jpeg_checksum != XXH3_64bits(record.data(), record.size())) return std::nullopt;
  return record;
}

void ThumbnailPack::keep(const ThumbnailKey& key, std::span<const std::byte> jpeg) {
  const std::string name = record_name(key);
  if (!is_kept(key, name) || jpeg.empty() || jpeg.size() > largest_jpeg) return;
  RecordHeader header;
  header.jpeg_bytes = static_cast<std::uint32_t>(jpeg.size());
  header.split_bytes = static_cast<std::uint16_t>(name.size());
  header.side = static_cast<std::uint16_t>(key.side);
  header.dataset = key.dataset;
  header.position = key.position;
  header.source = key.source;
  header.jpeg_checksum = XXH3_64bits(jpeg.data(), jpeg.size());
  header.header_checksum = checksum_of(header, name);
  // Put together, so that one call writes it.
  std::vector<std::byte> record(record_bytes(header));
  std::memcpy(record.data(), &header, sizeof header);
  std::memcpy(record.data() + sizeof header, name.data(), name.size());
  std::memcpy(record.data() + sizeof header + name.size(), jpeg.data(), jpeg.size());

  const std::lock_guard lock(state_->mutex);
  if (!state_->writer || file_magic.size() + record.size() > state_->most_bytes) return;
  if (state_->end + record.size() > state_->most_bytes) state_->start_anew();
  if (!state_->writer) return;
  if (write_at(state_->descriptor, state_->end, record)) {
    state_->add(header, name, state_->end);
    state_->end += record.size();
  } else {
    // The disk is full: what is there stays, and the torn record is written over next time.
    state_->writer = false;
  }
}

bool ThumbnailPack::writes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->writer;
}

std::size_t ThumbnailPack::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->index.size();
}

std::uint64_t ThumbnailPack::bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->end;
}

}  // namespace plumbline

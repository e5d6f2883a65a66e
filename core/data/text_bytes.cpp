#include "core/data/text_bytes.h"

#include <fmt/format.h>
#include <algorithm>
#include <new>

#include "core/data/file_handle.h"
#include "core/data/gzip_reader.h"
#include "core/data/xz_reader.h"

namespace plumbline {

namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t suspicious_bytes = std::uint64_t{64} << 20, most_packed = 1'000;

template <class Reader>
Result<std::vector<std::byte>> unpack(const FileHandle& file, std::uint64_t max_bytes) {
  Reader reader(file);
  std::vector<std::byte> bytes;
  const std::uint64_t believable =
      std::max(suspicious_bytes, std::min(file.size(), max_text_bytes) * most_packed);
  for (;;) {
    const std::size_t filled = bytes.size();
    // Reading one byte more than the limit tells whether there is more.
    const std::uint64_t piece =
        std::min(std::max<std::uint64_t>(piece_bytes, filled / 2), max_bytes + 1 - filled);
    bytes.resize(filled + piece);
    const auto count = reader.read(std::span(bytes).subspan(filled));
    TRY(count);
    bytes.resize(filled + *count);
    if (bytes.size() > max_bytes) {
      return bad_input(
          fmt::format("unpacks to more than {} bytes, the most that is read", max_bytes),
          file.path().string());
    }
    if (bytes.size() > believable) {
      return bad_input(
          fmt::format("unpacks to more than {} times its size, which no text does", most_packed),
          file.path().string());
    }
    if (*count < piece) break;
  }
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace

Result<std::vector<std::byte>> read_text_bytes(const std::filesystem::path& path,
                                               std::uint64_t max_bytes) try {
  auto file = FileHandle::open(path);
  TRY(file);
  const auto gzip = GzipReader::is_gzip(*file);
  TRY(gzip);
  if (*gzip) return unpack<GzipReader>(*file, max_bytes);
  const auto xz = XzReader::is_xz(*file);
  TRY(xz);
  if (*xz) return unpack<XzReader>(*file, max_bytes);
  if (file->size() > max_bytes) {
    return bad_input(fmt::format("has {} bytes; at most {} are read", file->size(), max_bytes),
                     path.string());
  }
  std::vector<std::byte> bytes(file->size());
  TRY(file->read_at(0, bytes));
  return bytes;
} catch (const std::bad_alloc&) {
  return fail(ErrorKind::device, "cannot be read: out of memory", path.string());
}

}  // namespace plumbline

#include "core/data/idx_file.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/data/gzip_reader.h"
#include "core/data/image.h"

namespace plumbline {

namespace {

constexpr std::uint32_t label_magic = 0x801, grey_magic = 0x803, colour_magic = 0x804;

/// A few megabytes of gzip could otherwise claim thousands of millions of one-pixel images.
constexpr std::uint32_t max_records = 100'000'000;

/// Reads the file from its beginning, inflated where it is gzip.
class Stream {
 public:
  Stream(const FileHandle& file, bool compressed) : file_(file) {
    if (compressed) gzip_.emplace(file);
  }
  /// Fills less than the target only at the end.
  Result<std::size_t> read(std::span<std::byte> target) {
    if (gzip_) return gzip_->read(target);
    const auto piece =
        target.first(std::min<std::uint64_t>(target.size(), file_.size() - position_));
    if (auto read = file_.read_at(position_, piece); !read) {
      return tl::unexpected(std::move(read.error()));
    }
    position_ += piece.size();
    return piece.size();
  }

 private:
  const FileHandle& file_;
  std::optional<GzipReader> gzip_;
  std::uint64_t position_ = 0;
};

std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes.first(4)) {
    value = value << 8 | std::to_integer<std::uint32_t>(byte);
  }
  return value;
}

}  // namespace

Result<IdxFile> IdxFile::open(const std::filesystem::path& path, IdxContent content) {
  const std::string where = path.string();
  auto handle = FileHandle::open(path);
  TRY(handle);
  IdxFile idx(std::move(*handle));
  const auto compressed = GzipReader::is_gzip(idx.file_);
  TRY(compressed);
  idx.compressed_ = *compressed;

  std::array<std::byte, 20> header{};
  Stream stream(idx.file_, idx.compressed_);
  const auto got = stream.read(header);
  TRY(got);
  if (*got < 4) return bad_input("is not an IDX file: it is too short for a header", where);
  const std::uint32_t magic = big_endian(header);
  const bool labels = content == IdxContent::labels;
  if (labels ? magic != label_magic : magic != grey_magic && magic != colour_magic) {
    return bad_input(fmt::format("is not an IDX file of {}: it begins with 0x{:08x}, not with {}",
                                 labels ? "labels" : "images", magic,
                                 labels ? "0x00000801" : "0x00000803 or 0x00000804"),
                     where);
  }
  const std::size_t dimensions = magic & 0xFF;
  idx.header_bytes_ = 4 + 4 * dimensions;
  if (*got < idx.header_bytes_) return bad_input("the IDX header is cut off", where);
  std::array<std::uint32_t, 4> lengths{1, 1, 1, 1};
  for (std::size_t i = 0; i < dimensions; ++i) {
    lengths[i] = big_endian(std::span(header).subspan(4 + 4 * i));
  }
  const auto [count, height, width, channels] = lengths;
  const auto shape = fmt::format("{} × {} × {} × {}", count, height, width, channels);
  if (count == 0) return bad_input("the IDX file is empty: it claims 0 records", where);
  if (count > max_records) {
    return bad_input(
        fmt::format("the IDX header claims {} records, more than {}", count, max_records), where);
  }
  if (height == 0 || width == 0 || width > max_image_pixels / height ||
      (channels != 1 && channels != 3)) {
    return bad_input(fmt::format("the IDX header claims {}, which cannot be images", shape), where);
  }
  idx.count_ = count;
  idx.height_ = static_cast<int>(height);
  idx.width_ = static_cast<int>(width);
  idx.channels_ = static_cast<int>(channels);

  // At most 2^27 records of 3 · 2^28 bytes: no overflow.
  const std::uint64_t expected = idx.header_bytes_ + idx.payload_bytes();
  const std::uint64_t size = idx.file_.size();
  if (!idx.compressed_ && size != expected) {
    return bad_input(
        fmt::format("has {} bytes where its header ({}) requires {}: it is {}", size, shape,
                    expected, size < expected ? "cut off" : "followed by other bytes"),
        where);
  }
  if (idx.compressed_ && expected / max_deflate_ratio > size) {
    return bad_input(
        fmt::format("the IDX header claims {}, which {} bytes of gzip cannot hold", shape, size),
        where);
  }
  return idx;
}

std::uint64_t IdxFile::record_bytes() const {
  return static_cast<std::uint64_t>(height_) * static_cast<std::uint64_t>(width_) *
         static_cast<std::uint64_t>(channels_);
}

Result<void> IdxFile::read_payload(
    const std::function<bool(std::span<const std::byte>)>& consume) const {
  const std::string where = file_.path().string();
  Stream stream(file_, compressed_);
  std::vector<std::byte> buffer(
      std::max<std::uint64_t>(header_bytes_, std::min<std::uint64_t>(payload_bytes(), 1 << 20)));
  if (auto header = stream.read(std::span(buffer).first(header_bytes_)); !header) {
    return tl::unexpected(std::move(header.error()));
  }
  for (std::uint64_t left = payload_bytes(); left > 0;) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
    const auto got = stream.read(piece);
    TRY(got);
    if (*got < piece.size()) {
      return bad_input(
          fmt::format("is cut off: {} of {} bytes are missing", left - *got, payload_bytes()),
          where);
    }
    if (!consume(piece)) return fail(ErrorKind::cancelled, "cancelled", where);
    left -= piece.size();
  }
  std::byte more;
  const auto rest = stream.read({&more, 1});
  TRY(rest);
  if (*rest != 0) return bad_input("has more bytes than its header requires", where);
  return {};
}

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/data/pixel_rect.h"

namespace plumbline {

/// Which picture a thumbnail shows, and in which state of its file.
struct ThumbnailKey {
  std::int64_t dataset = 0;
  std::string split;
  std::int64_t position = 0;  ///< of the sample in its split
  std::uint64_t source = 0;   ///< SampleReader::fingerprint: another one once the image has changed
  int side = 0;               ///< the longest side that it was made for, in pixels
  std::optional<PixelRect> crop = std::nullopt;  ///< of the image; absent: all of it
};

/// The packed thumbnails of a study, `cache/thumbnails.pack`: one append-only file of records, each
/// with its key, a JPEG and checksums.
///
/// Any number of programs read; the first that opens the file writes (an flock says so, which the
/// system gives up however that program ends). The file is read at offsets, never mapped: whoever
/// writes may cut it, and then what is read there no longer has the right checksum and is not
/// found. A torn record at the end is ignored and written over. A full file is started anew. It is
/// a cache: whatever fails costs time, so that nothing here is an error. Thread-safe.
class ThumbnailPack {
 public:
  static constexpr std::uint64_t default_bytes = std::uint64_t{256} << 20;
  /// Larger JPEGs, split names and sides are not kept; nothing beyond is read from a file either.
  static constexpr std::size_t largest_jpeg = std::size_t{1} << 20;
  static constexpr std::size_t longest_split = 1024;

  /// Opens the file, makes it where that is allowed, and reads the headers of its records. A pack
  /// that cannot be opened is empty and keeps nothing.
  static ThumbnailPack open(const std::filesystem::path& file,
                            std::uint64_t most_bytes = default_bytes);
  ThumbnailPack(ThumbnailPack&&) noexcept;
  ThumbnailPack& operator=(ThumbnailPack&&) noexcept;
  ~ThumbnailPack();

  /// The JPEG that was kept under just this key.
  std::optional<std::vector<std::byte>> find(const ThumbnailKey& key) const;
  /// Appends a thumbnail; a later one of the same sample and side takes the place of the earlier.
  /// Does nothing where another program writes, or where the disk is full.
  void keep(const ThumbnailKey& key, std::span<const std::byte> jpeg);

  bool writes() const;
  std::size_t size() const;     ///< thumbnails that can be found
  std::uint64_t bytes() const;  ///< of the file that are in use

 private:
  struct State;
  explicit ThumbnailPack(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace plumbline

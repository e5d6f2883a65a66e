#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "core/data/file_handle.h"
#include "core/types/error.h"

namespace plumbline {

enum class IdxContent { images, labels };

/// One file of MNIST's format, plain or gzip (by its content). Opening checks the header, and a
/// plain file's length against it; a gzip file's length is checked when it is read.
class IdxFile {
 public:
  static Result<IdxFile> open(const std::filesystem::path& path, IdxContent content);

  std::int64_t count() const { return count_; }
  int height() const { return height_; }      ///< 1 for labels
  int width() const { return width_; }        ///< 1 for labels
  int channels() const { return channels_; }  ///< 1 or 3
  bool compressed() const { return compressed_; }
  const FileHandle& file() const { return file_; }

  /// The bytes of one image or label, of all of them, and those before the first.
  std::uint64_t record_bytes() const;
  std::uint64_t payload_bytes() const {
    return record_bytes() * static_cast<std::uint64_t>(count_);
  }
  std::uint64_t header_bytes() const { return header_bytes_; }

  /// Gives all records in pieces, in order, to `consume`, which returns false to stop (an error of
  /// kind cancelled). Errors: damaged or cut-off gzip data, bytes behind the last record.
  Result<void> read_payload(const std::function<bool(std::span<const std::byte>)>& consume) const;

 private:
  explicit IdxFile(FileHandle file) : file_(std::move(file)) {}
  FileHandle file_;
  std::int64_t count_ = 0;
  int height_ = 1, width_ = 1, channels_ = 1;
  bool compressed_ = false;
  std::uint64_t header_bytes_ = 0;
};

}  // namespace plumbline

#include "core/data/json_bytes.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace plumbline {

JsonBytes::JsonBytes(const FileHandle& file)
    : file_(&file),
      buffer_(static_cast<std::size_t>(std::min<std::uint64_t>(file.size() + 1, 1U << 20))) {
  fill();
}

bool JsonBytes::fill() {
  offset_ += filled_;
  index_ = filled_ = 0;
  const auto left = file_->size() - offset_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
  if (count == 0 || failed()) return false;
  if (auto read = file_->read_at(offset_, std::as_writable_bytes(std::span(buffer_.data(), count)));
      !read) {
    error_ = std::move(read.error());
    return false;
  }
  if (std::memchr(buffer_.data(), '"', count) != nullptr) {
    without_quote_ = 0;
  } else if ((without_quote_ += count) > longest_without_quote) {
    error_ = {ErrorKind::bad_input, "64 MiB without a key are not a list of entries",
              file_->path().string(), ""};
    return false;
  }
  filled_ = count;
  return true;
}

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "core/data/file_handle.h"

namespace plumbline {

/// A file's bytes one after the other, through a buffer of 1 MiB: what a streaming parser reads, so
/// that a file of any size takes bounded memory. Ends early, and says so by `failed`, where the
/// file cannot be read or where `longest_without_quote` bytes hold no quotation mark. In JSON that
/// is made of entries with keys no such stretch occurs, and a parser would gather it as one text.
class JsonBytes {
 public:
  static constexpr std::uint64_t longest_without_quote = 64U << 20;

  explicit JsonBytes(const FileHandle& file);

  std::uint64_t position() const { return offset_ + index_; }
  std::uint64_t size() const { return file_->size(); }
  const Error* failed() const { return error_.message.empty() ? nullptr : &error_; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    Iterator() = default;
    explicit Iterator(JsonBytes& bytes) : bytes_(bytes.at_end() ? nullptr : &bytes) {}
    char operator*() const { return bytes_->buffer_[bytes_->index_]; }
    Iterator& operator++() {
      if (!bytes_->advance()) bytes_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.bytes_ == b.bytes_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

   private:
    JsonBytes* bytes_ = nullptr;
  };
  Iterator begin() { return Iterator(*this); }
  Iterator end() { return Iterator(); }

 private:
  bool at_end() const { return filled_ == 0; }
  bool advance() {
    ++index_;
    return index_ < filled_ || fill();
  }
  bool fill();

  const FileHandle* file_;
  std::vector<char> buffer_;
  std::uint64_t offset_ = 0;  ///< of the buffer within the file
  std::size_t index_ = 0, filled_ = 0;
  std::uint64_t without_quote_ = 0;
  Error error_;
};

}  // namespace plumbline

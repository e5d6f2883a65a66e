#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "core/types/error.h"

namespace plumbline::fuzz {

using Content = std::span<const std::byte>;

/// A function that hands any bytes to one of the core's readers. It returns whatever the bytes
/// are: a crash, a sanitizer's report, a hang, memory without bounds or expect() are what is
/// looked for.
struct Reader {
  std::string_view name;  ///< of its folder in tests/fuzz/corpus too
  void (*read)(Content content);
  std::size_t longest = 1 << 16;  ///< bytes that are tried
};

/// Every reader that is fuzzed: a further one is a file, a line here and a folder of the corpus.
std::span<const Reader> readers();

/// Ends the program with the sentence where it does not hold.
void expect(bool holds, std::string_view sentence);

/// What an error of reading must be: in words, and the input's fault, not the machine's, since no
/// input of this size is to take all of the memory.
void expect_error(const Error& error);

/// The value, or nothing after its error was looked at.
template <class T>
const T* taken(const Result<T>& result) {
  if (result) return &*result;
  expect_error(result.error());
  return nullptr;
}
inline void taken(const Result<void>& result) {
  if (!result) expect_error(result.error());
}

/// The bytes as text.
std::string_view text_of(Content content);

/// Looks at each byte, so that a sanitizer sees a span that leads astray.
void touch(Content bytes);

/// A folder of this process alone, which is empty at first and removed at its end.
const std::filesystem::path& scratch_folder();

/// Writes the content as that file of the scratch folder, in place of what was there.
std::filesystem::path scratch_file(std::string_view name, Content content);

/// Takes what changes a valid file from the input: numbers, little-endian, and 0 beyond its end.
class Feed {
 public:
  explicit Feed(Content content) : rest_(content) {}
  bool empty() const { return rest_.empty(); }
  std::uint64_t number(int bytes);
  /// As many bytes, or those that are left.
  Content bytes(std::size_t count);

 private:
  Content rest_;
};

}  // namespace plumbline::fuzz

#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// Texts that are read long before they are written, such as the polygons of a file of 2 GB: they
/// lie in a file without a name, one after the other, so that memory holds two buffers of 1 MiB and
/// of each text its place. The file goes with the last who holds it, also where the process is
/// killed. Of one thread at a time.
class TextSpill {
 public:
  /// A place that no text has.
  static constexpr std::uint64_t nowhere = 0;

  /// `folder`: on a disk with room for all texts; empty: the system's for temporary files. Errors:
  /// no such folder, no permission.
  static Result<std::shared_ptr<TextSpill>> open(const std::filesystem::path& folder);
  TextSpill(const TextSpill&) = delete;
  TextSpill& operator=(const TextSpill&) = delete;
  ~TextSpill();

  /// The text's place, which is never `nowhere`. Errors (device): a full disk; bad_input: a text of
  /// 4 GiB or more.
  Result<std::uint64_t> add(std::string_view text);
  /// The text of a place that `add` has given. In the order of the places it is read through a
  /// buffer. Errors: the file cannot be read.
  Result<std::string> read(std::uint64_t place);

 private:
  TextSpill(int descriptor, std::filesystem::path folder);
  Result<void> write_out();
  Result<void> read_at(std::uint64_t offset, std::span<char> target);

  int descriptor_ = -1;
  std::filesystem::path folder_;  ///< for messages
  std::vector<char> unwritten_;   ///< what follows the file's end
  std::uint64_t written_ = 0;     ///< bytes of the file
  std::vector<char> window_;      ///< of the file, for reading
  std::uint64_t window_begin_ = 0;
};

}  // namespace plumbline

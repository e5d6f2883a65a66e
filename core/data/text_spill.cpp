#include "core/data/text_spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/data/file_handle.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t spill_buffer = 1U << 20, spill_jump = 1U << 12;
using TextLength = std::uint32_t;  ///< stands before each text

/// A file that nobody else can open, or −1 and errno.
int open_nameless(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  // Some file systems cannot: then it has a name for a moment.
  if (opened >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return opened;
  std::string name = (folder / "spill-XXXXXX.tmp").string();
  const int named = ::mkostemps(name.data(), 4, O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

TextSpill::TextSpill(int descriptor, fs::path folder)
    : descriptor_(descriptor), folder_(std::move(folder)) {
  unwritten_.reserve(spill_buffer);
  // The first byte of a text is never at 0, which is `nowhere`.
  unwritten_.assign(1, '\0');
}

TextSpill::~TextSpill() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::shared_ptr<TextSpill>> TextSpill::open(const fs::path& folder) {
  std::error_code code;
  const fs::path place = folder.empty() ? fs::temp_directory_path(code) : folder;
  if (code) return bad_input("there is no folder for temporary files: " + code.message());
  const int descriptor = open_nameless(place);
  if (descriptor < 0)
    return tl::unexpected(system_error(errno, "no temporary file can be made", place));
  return std::shared_ptr<TextSpill>(new TextSpill(descriptor, place));
}

Result<std::uint64_t> TextSpill::add(std::string_view text) {
  if (text.size() > std::numeric_limits<TextLength>::max())
    return bad_input("a text is longer than 4 GiB", folder_.string());
  if (unwritten_.size() + sizeof(TextLength) + text.size() > spill_buffer) TRY(write_out());
  const std::uint64_t place = written_ + unwritten_.size();
  const auto length = static_cast<TextLength>(text.size());
  const auto* bytes = reinterpret_cast<const char*>(&length);
  unwritten_.insert(unwritten_.end(), bytes, bytes + sizeof(length));
  unwritten_.insert(unwritten_.end(), text.begin(), text.end());
  return place;
}

Result<void> TextSpill::write_out() {
  std::size_t done = 0;
  while (done < unwritten_.size()) {
    const ssize_t put = ::pwrite(descriptor_, unwritten_.data() + done, unwritten_.size() - done,
                                 static_cast<off_t>(written_ + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0)
      return tl::unexpected(system_error(errno, "a temporary file cannot be written", folder_));
    done += static_cast<std::size_t>(put);
  }
  written_ += done;
  unwritten_.clear();
  return {};
}

Result<void> TextSpill::read_at(std::uint64_t offset, std::span<char> target) {
  while (!target.empty()) {
    const std::uint64_t window_end = window_begin_ + window_.size();
    if (offset < window_begin_ || offset >= window_end) {
      // Whoever jumps about wants what is there alone.
      const bool goes_on = offset >= window_end && offset - window_end <= spill_jump;
      window_begin_ = offset;
      window_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(
          goes_on ? spill_buffer : spill_jump, written_ - std::min(offset, written_))));
      std::size_t filled = 0;
      while (filled < window_.size()) {
        const ssize_t got = ::pread(descriptor_, window_.data() + filled, window_.size() - filled,
                                    static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
          // What was not read is never taken for what lies there.
          window_.clear();
          return tl::unexpected(system_error(errno, "a temporary file cannot be read", folder_));
        }
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
      }
      window_.resize(filled);
      if (filled == 0) return bad_input("a temporary file is cut off", folder_.string());
    }
    const std::size_t begin = static_cast<std::size_t>(offset - window_begin_);
    const std::size_t count = std::min(target.size(), window_.size() - begin);
    std::memcpy(target.data(), window_.data() + begin, count);
    offset += count;
    target = target.subspan(count);
  }
  return {};
}

Result<std::string> TextSpill::read(std::uint64_t place) {
  if (!unwritten_.empty()) TRY(write_out());
  TextLength length = 0;
  TRY(read_at(place, std::span(reinterpret_cast<char*>(&length), sizeof(length))));
  if (place + sizeof(length) + length > written_)
    return bad_input("a temporary file is cut off", folder_.string());
  std::string text(length, '\0');
  TRY(read_at(place + sizeof(length), text));
  return text;
}

}  // namespace plumbline

#include "core/data/gzip_reader.h"

#include <fmt/format.h>
#include <zlib.h>
#include <algorithm>
#include <limits>
#include <vector>

namespace plumbline {

namespace {
constexpr std::size_t chunk_bytes = 1 << 16;
}

struct GzipReader::State {
  explicit State(const FileHandle& handle) : file(handle), input(chunk_bytes) {
    ready = inflateInit2(&stream, 15 + 16) == Z_OK;  // 16: a gzip header, nothing else
  }
  ~State() {
    if (ready) inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const FileHandle& file;
  std::vector<std::byte> input;
  z_stream stream{};
  std::uint64_t position = 0;  ///< in the file, behind the input
  bool ready = false;
  bool between_members = false;  ///< one gzip member has ended, the next has not begun
  bool later_member = false;     ///< this is not the first

  /// Where inflating stops: what comes after a whole member and gives nothing is no member.
  std::string problem(std::string damage) const {
    return later_member && stream.total_out == 0 ? "other bytes follow the gzip data"
                                                 : std::move(damage);
  }
};

GzipReader::GzipReader(const FileHandle& file) : state_(std::make_unique<State>(file)) {}
GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;

Result<bool> GzipReader::is_gzip(const FileHandle& file) {
  std::byte magic[2];
  if (file.size() < sizeof magic) return false;
  TRY(file.read_at(0, magic));
  return magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b};
}

Result<std::size_t> GzipReader::read(std::span<std::byte> target) {
  State& state = *state_;
  z_stream& stream = state.stream;
  const std::string where = state.file.path().string();
  if (!state.ready) return fail(ErrorKind::device, "cannot be inflated: out of memory", where);
  std::size_t done = 0;
  while (done < target.size()) {
    if (stream.avail_in == 0) {
      const std::uint64_t left = state.file.size() - state.position;
      if (left == 0) {
        if (state.between_members) break;
        return bad_input(state.problem("the gzip data are cut off"), where);
      }
      const auto piece =
          std::span(state.input).first(std::min<std::uint64_t>(left, state.input.size()));
      if (auto read = state.file.read_at(state.position, piece); !read) {
        return tl::unexpected(std::move(read.error()));
      }
      state.position += piece.size();
      stream.next_in = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_in = static_cast<uInt>(piece.size());
    }
    if (state.between_members) {
      inflateReset(&stream);
      state.between_members = false;
      state.later_member = true;
    }
    const auto wanted = static_cast<uInt>(
        std::min<std::size_t>(target.size() - done, std::numeric_limits<uInt>::max()));
    stream.next_out = reinterpret_cast<Bytef*>(target.data() + done);
    stream.avail_out = wanted;
    const int status = inflate(&stream, Z_NO_FLUSH);
    done += wanted - stream.avail_out;
    if (status == Z_STREAM_END) {
      state.between_members = true;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      if (status == Z_MEM_ERROR) {
        return fail(ErrorKind::device, "cannot be inflated: out of memory", where);
      }
      return bad_input(state.problem(fmt::format("the gzip data are damaged before byte {}: {}",
                                                 state.position - stream.avail_in,
                                                 stream.msg != nullptr ? stream.msg : "?")),
                       where);
    }
  }
  return done;
}

}  // namespace plumbline

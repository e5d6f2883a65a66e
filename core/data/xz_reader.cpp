#include "core/data/xz_reader.h"

#include <fmt/format.h>
#include <lzma.h>
#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace plumbline {

namespace {
constexpr std::size_t chunk_bytes = 1 << 16;
constexpr std::uint64_t max_decoder_memory = std::uint64_t{256} << 20;
}  // namespace

struct XzReader::State {
  explicit State(const FileHandle& handle) : file(handle), input(chunk_bytes) {
    ready = lzma_stream_decoder(&stream, max_decoder_memory, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~State() { lzma_end(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  const FileHandle& file;
  std::vector<std::byte> input;
  lzma_stream stream = LZMA_STREAM_INIT;
  std::uint64_t position = 0;  ///< in the file, behind the input
  bool ready = false;
  bool ended = false;

  Error problem(lzma_ret status) const {
    const std::string where = file.path().string();
    const std::uint64_t byte = position - stream.avail_in;
    switch (status) {
      case LZMA_MEM_ERROR:
        return {ErrorKind::device, "cannot be unpacked: out of memory", where, ""};
      case LZMA_MEMLIMIT_ERROR:
        return {ErrorKind::bad_input,
                fmt::format("the xz data need {} MiB to be unpacked; at most {} are given",
                            lzma_memusage(&stream) >> 20, max_decoder_memory >> 20),
                where, "pack it with xz -9 or less"};
      case LZMA_BUF_ERROR: return {ErrorKind::bad_input, "the xz data are cut off", where, ""};
      case LZMA_FORMAT_ERROR:
        return {ErrorKind::bad_input,
                stream.total_out > 0 ? "other bytes follow the xz data" : "is not an xz file",
                where, ""};
      default:
        return {ErrorKind::bad_input, fmt::format("the xz data are damaged before byte {}", byte),
                where, ""};
    }
  }
};

XzReader::XzReader(const FileHandle& file) : state_(std::make_unique<State>(file)) {}
XzReader::~XzReader() = default;
XzReader::XzReader(XzReader&&) noexcept = default;

Result<bool> XzReader::is_xz(const FileHandle& file) {
  constexpr std::array magic{std::byte{0xFD}, std::byte{'7'}, std::byte{'z'},
                             std::byte{'X'},  std::byte{'Z'}, std::byte{0}};
  std::array<std::byte, magic.size()> first{};
  if (file.size() < first.size()) return false;
  TRY(file.read_at(0, first));
  return first == magic;
}

Result<std::size_t> XzReader::read(std::span<std::byte> target) {
  State& state = *state_;
  lzma_stream& stream = state.stream;
  if (!state.ready) return tl::unexpected(state.problem(LZMA_MEM_ERROR));
  stream.next_out = reinterpret_cast<std::uint8_t*>(target.data());
  stream.avail_out = target.size();
  while (stream.avail_out > 0 && !state.ended) {
    const std::uint64_t left = state.file.size() - state.position;
    if (stream.avail_in == 0 && left > 0) {
      const auto piece =
          std::span(state.input).first(std::min<std::uint64_t>(left, state.input.size()));
      if (auto read = state.file.read_at(state.position, piece); !read) {
        return tl::unexpected(std::move(read.error()));
      }
      state.position += piece.size();
      stream.next_in = reinterpret_cast<const std::uint8_t*>(piece.data());
      stream.avail_in = piece.size();
    }
    // With concatenated streams only the finish says that no further one is to be waited for.
    const bool last = state.position == state.file.size();
    const lzma_ret status = lzma_code(&stream, last ? LZMA_FINISH : LZMA_RUN);
    if (status == LZMA_STREAM_END) {
      state.ended = true;
    } else if (status != LZMA_OK) {
      return tl::unexpected(state.problem(status));
    }
  }
  return target.size() - stream.avail_out;
}

}  // namespace plumbline

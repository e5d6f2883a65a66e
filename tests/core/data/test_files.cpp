#include "test_files.h"

#include <zlib.h>
#include <fstream>
#include <iterator>

std::filesystem::path write_file(const std::filesystem::path& path,
                                 std::span<const std::uint8_t> bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);  // ext4 flushes a file that is emptied and written again
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::filesystem::path write_file(const std::filesystem::path& path, std::string_view text) {
  return write_file(path, bytes_of(text));
}

Bytes file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes idx_bytes(std::uint32_t magic, std::initializer_list<std::uint32_t> lengths,
                std::span<const std::uint8_t> values) {
  Bytes bytes;
  const auto add = [&](std::uint32_t value) {
    for (const int shift : {24, 16, 8, 0})
      bytes.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  add(magic);
  for (const std::uint32_t length : lengths) add(length);
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

Bytes gzip(std::span<const std::uint8_t> bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, bytes.size()) + 64);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Bytes random_values(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  Bytes values(count);
  for (auto& value : values) value = static_cast<std::uint8_t>(generator());
  return values;
}

Bytes mutated(const Bytes& bytes, std::mt19937& generator) {
  Bytes result = bytes;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(generator() % n); };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes && !result.empty(); ++i) {
    // Headers are short: half of the changes hit the first bytes.
    const std::size_t reach =
        below(2) == 0 ? std::min<std::size_t>(result.size(), 64) : result.size();
    const std::size_t place = below(reach);
    switch (below(5)) {
      case 0: result[place] = static_cast<std::uint8_t>(generator()); break;
      case 1: result[place] = static_cast<std::uint8_t>(result[place] ^ (1u << below(8))); break;
      case 2: result[place] = below(2) == 0 ? 0xFF : 0; break;
      case 3: {
        const std::size_t count = std::min(1 + below(8), result.size() - place);
        result.erase(result.begin() + static_cast<std::ptrdiff_t>(place),
                     result.begin() + static_cast<std::ptrdiff_t>(place + count));
        break;
      }
      case 4:
        result.insert(result.begin() + static_cast<std::ptrdiff_t>(place), result[place]);
        break;
    }
  }
  return result;
}

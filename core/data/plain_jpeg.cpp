#include "core/data/plain_jpeg.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/data/exif.h"
#include "core/data/image.h"

namespace plumbline {

namespace {

using Bytes = std::span<const std::byte>;

unsigned byte_at(Bytes bytes, std::size_t place) { return std::to_integer<unsigned>(bytes[place]); }
unsigned word_at(Bytes bytes, std::size_t place) {
  return byte_at(bytes, place) << 8 | byte_at(bytes, place + 1);
}

/// What a code stands for: how many bits it has together with the number behind it, and by how many
/// coefficients it goes on.
struct Step {
  std::uint8_t bits = 0, coefficients = 0;
};
constexpr std::uint8_t end_of_block = 128;  // more coefficients than a block has

/// Codes of up to 16 bits to steps: those of up to `quick` bits by a table, longer ones by the last
/// code of each length (ITU-T T.81, F.2.2.3).
struct HuffmanTable {
  static constexpr int quick = 10;
  std::array<Step, 1 << quick> quick_steps{};  ///< per leading bits; without bits: longer
  /// Per length: what a code is less than, and what is to be added to have its place in `steps`.
  std::array<std::int32_t, 17> end{}, to_place{};
  std::array<Step, 256> steps{};
  bool is_there = false;

  /// Reads 16 counts and the symbols, of DC's differences or of AC's runs; returns how many bytes
  /// they are, 0 where they are no code.
  std::size_t read(Bytes bytes, bool of_differences) {
    if (bytes.size() < 16) return 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < 16; ++i) count += byte_at(bytes, i);
    if (count == 0 || count > 256 || bytes.size() < 16 + count) return 0;
    quick_steps.fill({});
    std::int32_t code = 0, index = 0;
    for (int length = 1; length <= 16; ++length, code <<= 1) {
      const auto l = static_cast<std::size_t>(length);
      to_place[l] = index - code;
      for (unsigned i = byte_at(bytes, l - 1); i > 0; --i, ++code, ++index) {
        // The code of ones alone is nobody's.
        if (code >= (1 << length) - 1) return 0;
        const auto symbol = byte_at(bytes, 16 + static_cast<std::size_t>(index));
        const unsigned run = symbol >> 4, size = symbol & 15;
        if (of_differences ? symbol > 11 : size > 10) return 0;  // beyond 8-bit levels
        Step step{static_cast<std::uint8_t>(static_cast<unsigned>(length) + size), 1};
        if (!of_differences)
          step.coefficients =
              size == 0 && run != 15 ? end_of_block : static_cast<std::uint8_t>(run + 1);
        steps[static_cast<std::size_t>(index)] = step;
        if (length > quick) continue;
        const auto first = static_cast<std::size_t>(code) << (quick - length);
        std::fill_n(quick_steps.begin() + static_cast<std::ptrdiff_t>(first), 1 << (quick - length),
                    step);
      }
      end[l] = code;
    }
    is_there = true;
    return 16 + count;
  }
};

/// The bits of a scan without its stuffed zeros, up to the next marker.
class ScanBits {
 public:
  ScanBits(Bytes bytes, std::size_t place) : bytes_(bytes), place_(place) {}

  /// At least 32 bits from the top of `window`, zeros beyond the marker.
  void fill() {
    if (count_ >= 32 || count_ < 0) return;
    if (place_ + 4 <= bytes_.size()) {
      std::uint32_t four = 0;
      std::memcpy(&four, bytes_.data() + place_, 4);
      if constexpr (std::endian::native == std::endian::little) four = __builtin_bswap32(four);
      const std::uint32_t inverse = ~four;  // has a byte of 0 where there is one of 255
      if (((inverse - 0x01010101U) & ~inverse & 0x80808080U) == 0) {
        window_ |= static_cast<std::uint64_t>(four) << (32 - count_);
        place_ += 4;
        count_ += 32;
        return;
      }
    }
    *this = filled_bytewise(*this);
  }

  std::uint64_t window() const { return window_; }
  void skip(int bits) {
    window_ <<= bits;
    count_ -= bits;
  }
  /// Whether more was taken than there was.
  bool overdrawn() const { return count_ < 0; }

  /// Ends a piece of the scan: what is left of its last byte is passed over. Returns the marker
  /// that follows at once, 0 where there is something else, and stands behind it.
  unsigned marker() {
    if (count_ < 0) return 0;
    // Whole bytes that were taken and not used belong to what follows: there may be none.
    if (count_ >= 8) return 0;
    window_ = 0;
    count_ = 0;
    while (place_ + 1 < bytes_.size() && byte_at(bytes_, place_) == 255 &&
           byte_at(bytes_, place_ + 1) == 255)
      ++place_;
    if (place_ + 1 >= bytes_.size() || byte_at(bytes_, place_) != 255) return 0;
    const unsigned found = byte_at(bytes_, place_ + 1);
    place_ += 2;
    return found;
  }
  std::size_t place() const { return place_; }

 private:
  /// By value: whoever has it in registers keeps it there.
  [[gnu::noinline]] static ScanBits filled_bytewise(ScanBits bits) {
    while (bits.count_ <= 56 && bits.place_ < bits.bytes_.size()) {
      const unsigned value = byte_at(bits.bytes_, bits.place_);
      if (value == 255) {
        if (bits.place_ + 1 >= bits.bytes_.size() || byte_at(bits.bytes_, bits.place_ + 1) != 0)
          break;
        ++bits.place_;
      }
      ++bits.place_;
      bits.window_ |= static_cast<std::uint64_t>(value) << (56 - bits.count_);
      bits.count_ += 8;
    }
    return bits;
  }

  Bytes bytes_;
  std::size_t place_;
  std::uint64_t window_ = 0;
  int count_ = 0;
};

/// Passes over a code and its number; returns by how many coefficients it goes on, 0 where the bits
/// are no code. `bits` has 32 bits.
inline int take_step(ScanBits& bits, const HuffmanTable& table) {
  const auto top = static_cast<std::uint32_t>(bits.window() >> 48);
  const Step quick = table.quick_steps[top >> (16 - HuffmanTable::quick)];
  if (quick.bits != 0) {
    bits.skip(quick.bits);
    return quick.coefficients;
  }
  for (int length = HuffmanTable::quick + 1; length <= 16; ++length) {
    const auto l = static_cast<std::size_t>(length);
    const auto code = static_cast<std::int32_t>(top >> (16 - length));
    if (code >= table.end[l]) continue;
    const std::int32_t place = code + table.to_place[l];
    if (place < 0 || place > 255) return 0;
    const Step step = table.steps[static_cast<std::size_t>(place)];
    bits.skip(step.bits);
    return step.coefficients;
  }
  return 0;
}

bool skip_block(ScanBits& from, const HuffmanTable& differences, const HuffmanTable& runs) {
  ScanBits bits = from;  // so that it stays in registers
  bits.fill();
  if (take_step(bits, differences) == 0) return false;
  int k = 1;
  while (k < 64) {
    bits.fill();
    const int coefficients = take_step(bits, runs);
    if (coefficients == 0) return false;
    k += coefficients;
  }
  from = bits;
  return (k == 64 || k >= end_of_block) && !bits.overdrawn();
}

namespace jpeg_marker {
constexpr unsigned start_of_image = 0xD8, end_of_image = 0xD9, start_of_scan = 0xDA,
                   quantisation = 0xDB, huffman = 0xC4, restart_interval = 0xDD, baseline = 0xC0,
                   first_restart = 0xD0, application = 0xE0, comment = 0xFE;
}  // namespace jpeg_marker

constexpr int longest_jpeg_side = 65'500;  // that libjpeg reads

struct Component {
  unsigned id = 0, quantisation = 0;
  int x = 0, y = 0;                       ///< sampling factors
  std::size_t differences = 0, runs = 0;  ///< tables
};

/// Everything before the scan.
class Headers {
 public:
  explicit Headers(Bytes content) : content_(content) {}

  PlainJpeg jpeg;
  std::array<Component, 3> components;
  std::array<HuffmanTable, 4> differences, runs;
  unsigned interval = 0;  ///< units between two restarts; 0: there are none

  /// Returns where the scan's codes begin; 0: it is no plain JPEG.
  std::size_t read() {
    if (content_.size() < 4 || word_at(content_, 0) != (0xFF00 | jpeg_marker::start_of_image))
      return 0;
    std::size_t place = 2;
    while (place + 4 <= content_.size()) {
      if (byte_at(content_, place) != 255) return 0;
      const unsigned marker = byte_at(content_, place + 1);
      if (marker == 255) {  // before a marker may be any number of them
        ++place;
        continue;
      }
      const std::size_t length = word_at(content_, place + 2);
      if (length < 2 || length > content_.size() - place - 2) return 0;
      const Bytes segment = content_.subspan(place + 4, length - 2);
      place += 2 + length;
      if (marker == jpeg_marker::start_of_scan)
        return read_scan(segment) && colours_are_known() ? place : 0;
      if (!read_segment(marker, segment)) return 0;
    }
    return 0;
  }

 private:
  bool read_segment(unsigned marker, Bytes segment) {
    switch (marker) {
      case jpeg_marker::baseline: return read_frame(segment);
      case jpeg_marker::quantisation: return read_quantisation(segment);
      case jpeg_marker::huffman: return read_codes(segment);
      case jpeg_marker::restart_interval:
        if (segment.size() != 2) return false;
        interval = word_at(segment, 0);
        return true;
      case jpeg_marker::comment: return true;
      default: break;
    }
    if (marker < jpeg_marker::application || marker > jpeg_marker::application + 15) return false;
    note_application(marker - jpeg_marker::application, segment);
    return true;
  }

  bool read_frame(Bytes segment) {
    if (jpeg.width != 0 || segment.size() != 15 || byte_at(segment, 0) != 8) return false;
    jpeg.height = static_cast<int>(word_at(segment, 1));
    jpeg.width = static_cast<int>(word_at(segment, 3));
    if (jpeg.width == 0 || jpeg.height == 0 || byte_at(segment, 5) != 3) return false;
    if (std::max(jpeg.width, jpeg.height) > longest_jpeg_side) return false;
    if (jpeg.width > max_image_pixels / jpeg.height) return false;
    for (std::size_t c = 0; c < 3; ++c) {
      Component& component = components[c];
      component.id = byte_at(segment, 6 + 3 * c);
      component.x = static_cast<int>(byte_at(segment, 7 + 3 * c) >> 4);
      component.y = static_cast<int>(byte_at(segment, 7 + 3 * c) & 15);
      component.quantisation = byte_at(segment, 8 + 3 * c);
    }
    const auto& [luma, blue, red] = components;
    if (luma.id == blue.id || luma.id == red.id || blue.id == red.id) return false;
    jpeg.sampling = {luma.x, luma.y};
    return blue.x == 1 && blue.y == 1 && red.x == 1 && red.y == 1 && luma.x >= 1 && luma.x <= 2 &&
           luma.y >= 1 && luma.y <= 2;
  }

  bool read_quantisation(Bytes segment) {
    for (; !segment.empty(); segment = segment.subspan(65)) {
      const unsigned table = byte_at(segment, 0);
      if (table > 3 || segment.size() < 65) return false;
      for (std::size_t i = 1; i <= 64; ++i)
        if (byte_at(segment, i) == 0) return false;
      is_quantised_[table] = true;
    }
    return true;
  }

  bool read_codes(Bytes segment) {
    while (!segment.empty()) {
      const unsigned table = byte_at(segment, 0) & 15, kind = byte_at(segment, 0) >> 4;
      if (table > 3 || kind > 1) return false;
      auto& codes = kind == 0 ? differences[table] : runs[table];
      const std::size_t used = codes.read(segment.subspan(1), kind == 0);
      if (used == 0) return false;
      segment = segment.subspan(1 + used);
    }
    return true;
  }

  void note_application(unsigned number, Bytes segment) {
    const auto begins = [&](const char* word, std::size_t length, std::size_t least) {
      return segment.size() >= least && std::memcmp(segment.data(), word, length) == 0;
    };
    if (number == 0 && begins("JFIF", 5, 14)) is_jfif_ = true;
    if (number == 14 && begins("Adobe", 5, 12))
      adobe_transform_ = static_cast<int>(byte_at(segment, 11));
    if (number == 1 && !has_exif_ && begins("Exif", 5, 6)) {
      has_exif_ = true;
      jpeg.orientation = exif_orientation(segment.subspan(6));
    }
  }

  bool read_scan(Bytes segment) {
    if (jpeg.width == 0 || segment.size() != 10 || byte_at(segment, 0) != 3) return false;
    if (byte_at(segment, 7) != 0 || byte_at(segment, 8) != 63 || byte_at(segment, 9) != 0)
      return false;
    for (std::size_t c = 0; c < 3; ++c) {
      Component& component = components[c];
      if (byte_at(segment, 1 + 2 * c) != component.id) return false;
      component.differences = byte_at(segment, 2 + 2 * c) >> 4;
      component.runs = byte_at(segment, 2 + 2 * c) & 15;
      if (component.differences > 3 || component.runs > 3 || component.quantisation > 3 ||
          !differences[component.differences].is_there || !runs[component.runs].is_there ||
          !is_quantised_[component.quantisation])
        return false;
    }
    return true;
  }

  /// Where decoders have rules of their own for what is not said, they need not agree.
  bool colours_are_known() const {
    // Some decoders go by these names.
    if (components[0].id == 'R' && components[1].id == 'G' && components[2].id == 'B') return false;
    if (adobe_transform_) return *adobe_transform_ == 1;
    return is_jfif_ || (components[0].id == 1 && components[1].id == 2 && components[2].id == 3);
  }

  Bytes content_;
  std::array<bool, 4> is_quantised_{};
  bool is_jfif_ = false, has_exif_ = false;
  std::optional<int> adobe_transform_;
};

/// Follows the scan; returns where its end marker ends, 0 where something is amiss.
std::size_t follow_scan(const Headers& headers, Bytes content, std::size_t begin) {
  const auto units = [](int pixels, int factor) {
    return (static_cast<std::int64_t>(pixels) + 8 * factor - 1) / (8 * factor);
  };
  const JpegSampling sampling = headers.jpeg.sampling;
  const std::int64_t count =
      units(headers.jpeg.width, sampling.x) * units(headers.jpeg.height, sampling.y);
  const int luma_blocks = sampling.x * sampling.y;
  ScanBits bits(content, begin);
  unsigned restarts = 0;
  std::int64_t left = headers.interval;
  for (std::int64_t unit = 0; unit < count; ++unit) {
    if (headers.interval != 0 && left-- == 0) {
      if (bits.marker() != jpeg_marker::first_restart + restarts % 8) return 0;
      ++restarts;
      left = headers.interval - 1;
    }
    for (std::size_t c = 0; c < 3; ++c) {
      const Component& component = headers.components[c];
      for (int block = c == 0 ? luma_blocks : 1; block > 0; --block)
        if (!skip_block(bits, headers.differences[component.differences],
                        headers.runs[component.runs]))
          return 0;
    }
  }
  return bits.marker() == jpeg_marker::end_of_image ? bits.place() : 0;
}

}  // namespace

std::optional<PlainJpeg> find_plain_jpeg(std::span<const std::byte> content) {
  Headers headers(content);
  const std::size_t scan = headers.read();
  if (scan == 0) return std::nullopt;
  headers.jpeg.size = follow_scan(headers, content, scan);
  if (headers.jpeg.size == 0) return std::nullopt;
  return headers.jpeg;
}

}  // namespace plumbline

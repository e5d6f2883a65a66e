#include "core/data/npy.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <new>
#include <span>

#include "core/data/file_handle.h"
#include "core/data/npy_header.h"

namespace plumbline {

namespace {

constexpr std::uint64_t max_header_bytes = 1 << 20;

/// IEEE 754 binary16.
double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F, fraction = bits & 0x3FF;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(static_cast<double>(fraction), -24);
  } else if (exponent < 31) {
    value = std::ldexp(static_cast<double>(fraction + 1024), exponent - 25);
  } else {
    value = fraction == 0 ? HUGE_VAL : std::nan("");
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class Stored>
void convert(std::span<const std::byte> bytes, double* target) {
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(Stored)) {
    Stored value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    *target++ = static_cast<double>(value);
  }
}

using Converter = void (*)(std::span<const std::byte>, double*);

void convert_half(std::span<const std::byte> bytes, double* target) {
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    std::uint16_t value;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    *target++ = half_to_double(value);
  }
}

Converter converter(const NpyHeader& header) {
  if (header.kind == 'f') {
    return header.bytes == 2 ? convert_half : header.bytes == 4 ? convert<float> : convert<double>;
  }
  const bool negative = header.kind == 'i';
  switch (header.bytes) {
    case 1: return negative ? convert<std::int8_t> : convert<std::uint8_t>;
    case 2: return negative ? convert<std::int16_t> : convert<std::uint16_t>;
    case 4: return negative ? convert<std::int32_t> : convert<std::uint32_t>;
    default: return negative ? convert<std::int64_t> : convert<std::uint64_t>;
  }
}

/// Reverses the bytes of each value.
void swap_bytes(std::span<std::byte> bytes, std::size_t value_bytes) {
  for (std::size_t i = 0; i + value_bytes <= bytes.size(); i += value_bytes)
    std::ranges::reverse(bytes.subspan(i, value_bytes));
}

/// The values of an array whose first index runs fastest, with the last one fastest.
std::vector<double> to_c_order(const std::vector<double>& values,
                               const std::vector<std::int64_t>& shape) {
  std::vector<std::size_t> strides(shape.size(), 1);  // of C order
  for (std::size_t d = shape.size(); d-- > 1;) {
    strides[d - 1] = strides[d] * static_cast<std::size_t>(shape[d]);
  }
  std::vector<double> result(values.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  std::size_t place = 0;
  for (const double value : values) {
    result[place] = value;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      place += strides[d];
      if (++index[d] < shape[d]) break;
      place -= strides[d] * static_cast<std::size_t>(shape[d]);
      index[d] = 0;
    }
  }
  return result;
}

Result<NpyArray> read(const FileHandle& file) {
  const std::string where = file.path().string();
  std::array<std::byte, 12> prefix{};
  const std::uint64_t size = file.size();
  if (size < 10) return bad_input("is not an npy file: it is too short", where);
  if (auto got = file.read_at(0, std::span(prefix).first(std::min<std::uint64_t>(size, 12)));
      !got) {
    return tl::unexpected(std::move(got.error()));
  }
  if (std::memcmp(prefix.data(), "\x93NUMPY", 6) != 0) {
    if (std::memcmp(prefix.data(), "PK", 2) == 0)
      return bad_input("is not an npy file but an archive of arrays (.npz, a zip)", where,
                       "save the single array with numpy.save");
    return bad_input("is not an npy file: it does not begin with \\x93NUMPY", where);
  }
  const int version = std::to_integer<int>(prefix[6]);
  if (version < 1 || version > 3) {
    return bad_input(fmt::format("npy version {} is not supported", version), where);
  }
  const std::uint64_t prefix_bytes = version == 1 ? 10 : 12;
  std::uint32_t header_bytes = 0;
  std::memcpy(&header_bytes, prefix.data() + 8, version == 1 ? 2 : 4);
  if (size < prefix_bytes || header_bytes > size - prefix_bytes ||
      header_bytes > max_header_bytes) {
    return bad_input("the npy header is cut off", where);
  }
  std::string text(header_bytes, '\0');
  if (auto got = file.read_at(prefix_bytes, std::as_writable_bytes(std::span(text))); !got) {
    return tl::unexpected(std::move(got.error()));
  }
  const auto header = parse_npy_header(text, where);
  TRY(header);

  std::uint64_t values = 1, expected = 0;
  bool overflow = false, empty = false;
  for (const std::int64_t length : header->shape) {
    if (length == 0) {
      empty = true;
    } else {
      overflow |= __builtin_mul_overflow(values, static_cast<std::uint64_t>(length), &values);
    }
  }
  overflow |= __builtin_mul_overflow(values, static_cast<std::uint64_t>(header->bytes), &expected);
  if (overflow) return bad_input("the npy shape is too large", where);
  if (empty) values = expected = 0;
  const std::uint64_t data = prefix_bytes + header_bytes;
  if (expected != size - data) {
    return bad_input(
        fmt::format("has {} bytes of values where its shape ({}) requires {}: it is {}",
                    size - data, fmt::join(header->shape, ", "), expected,
                    size - data < expected ? "cut off" : "followed by other bytes"),
        where);
  }

  NpyArray array;
  array.shape = header->shape;
  array.values.resize(values);
  const Converter convert_values = converter(*header);
  const auto value_bytes = static_cast<std::uint64_t>(header->bytes);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(expected, 1 << 20));
  for (std::uint64_t done = 0; done < expected;) {
    const auto piece =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), expected - done));
    if (auto got = file.read_at(data + done, piece); !got) {
      return tl::unexpected(std::move(got.error()));
    }
    if (header->big_endian) swap_bytes(piece, static_cast<std::size_t>(value_bytes));
    convert_values(piece, array.values.data() + done / value_bytes);
    done += piece.size();
  }
  if (header->fortran_order && array.shape.size() > 1) {
    array.values = to_c_order(array.values, array.shape);
  }
  return array;
}

}  // namespace

Result<NpyArray> read_npy(const std::filesystem::path& path) {
  try {
    const auto file = FileHandle::open(path);
    TRY(file);
    return read(*file);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be read: out of memory", path.string());
  }
}

std::string npy_header(const std::vector<std::int64_t>& shape) {
  std::string sides;
  for (const std::int64_t side : shape) sides += std::to_string(side) + ",";
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sides + "), }";
  // The values begin at a multiple of 64 bytes, ten of which come before the text.
  text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xFFu);
  header += static_cast<char>(text.size() >> 8u);
  return header + text;
}

}  // namespace plumbline

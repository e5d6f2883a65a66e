#include "core/data/safetensors_header.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

namespace plumbline {

namespace {

using nlohmann::json;

struct DtypeName {
  Dtype dtype;
  std::string_view name;
  unsigned bits;
};
constexpr auto dtype_names = std::to_array<DtypeName>({{Dtype::f64, "F64", 64},
                                                       {Dtype::f32, "F32", 32},
                                                       {Dtype::f16, "F16", 16},
                                                       {Dtype::bf16, "BF16", 16},
                                                       {Dtype::i64, "I64", 64},
                                                       {Dtype::i32, "I32", 32},
                                                       {Dtype::i16, "I16", 16},
                                                       {Dtype::u16, "U16", 16},
                                                       {Dtype::u8, "U8", 8},
                                                       {Dtype::boolean, "BOOL", 8},
                                                       {Dtype::i8, "I8", 8},
                                                       {Dtype::u32, "U32", 32},
                                                       {Dtype::u64, "U64", 64},
                                                       {Dtype::c64, "C64", 64},
                                                       {Dtype::f8_e4m3, "F8_E4M3", 8},
                                                       {Dtype::f8_e5m2, "F8_E5M2", 8},
                                                       {Dtype::f8_e8m0, "F8_E8M0", 8},
                                                       {Dtype::f8_e4m3_fnuz, "F8_E4M3FNUZ", 8},
                                                       {Dtype::f8_e5m2_fnuz, "F8_E5M2FNUZ", 8},
                                                       {Dtype::f6_e2m3, "F6_E2M3", 6},
                                                       {Dtype::f6_e3m2, "F6_E3M2", 6},
                                                       {Dtype::f4, "F4", 4}});

unsigned bits_per_value(Dtype dtype) {
  for (const auto& row : dtype_names) {
    if (row.dtype == dtype) return row.bits;
  }
  return 0;
}

std::optional<Dtype> parse_dtype(std::string_view name) {
  for (const auto& row : dtype_names) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

constexpr std::size_t max_dimensions = 32;

/// Follows the JSON by its depth: 1 the header, 2 a tensor or the metadata, 3 a list of numbers.
class HeaderReader final : public nlohmann::json_sax<json> {
 public:
  explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}
  std::string message;  ///< why reading stopped

  bool null() override {
    // The official reader takes it for no metadata.
    if (depth_ == 1 && entry_.name == "__metadata__" && !std::exchange(seen_metadata_, true))
      return true;
    return unexpected("null");
  }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool number_float(double, const std::string&) override { return unexpected("a fraction"); }
  bool binary(json::binary_t&) override { return unexpected("binary data"); }
  bool number_integer(std::int64_t) override { return unexpected("a negative number"); }

  bool number_unsigned(std::uint64_t value) override {
    if (depth_ != 3) return unexpected("a number");
    if (value > std::uint64_t{INT64_MAX}) return refuse("a number is too large");
    if (key_ == "data_offsets") {
      if (offsets_ == 2) return refuse("data_offsets has more than two numbers");
      (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    } else {
      if (entry_.shape.size() == max_dimensions) return refuse("shape has too many dimensions");
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    }
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ != 2) return unexpected("a string");
    if (in_metadata_) {
      header_.metadata.emplace_back(key_, std::move(value));
      return true;
    }
    if (key_ != "dtype") return unexpected("a string");
    const auto dtype = parse_dtype(value);
    if (!dtype) return refuse(fmt::format("the type '{}' is unknown", value.substr(0, 20)));
    entry_.dtype = *dtype;
    has_dtype_ = true;
    return true;
  }

  bool key(std::string& value) override {
    key_ = std::move(value);
    if (depth_ == 1) {
      entry_ = {};
      entry_.name = key_;
    } else if (!in_metadata_) {
      bool* seen = key_ == "dtype"          ? &seen_dtype_
                   : key_ == "shape"        ? &seen_shape_
                   : key_ == "data_offsets" ? &seen_offsets_
                                            : nullptr;
      if (seen == nullptr) return refuse(fmt::format("the key '{}' is unknown", short_key()));
      if (std::exchange(*seen, true)) return refuse(fmt::format("{} appears twice", key_));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ >= 2) return unexpected("an object");
    if (depth_ == 1) {
      in_metadata_ = entry_.name == "__metadata__";
      if (in_metadata_ && std::exchange(seen_metadata_, true)) {
        return refuse("__metadata__ appears twice");
      }
      has_dtype_ = seen_dtype_ = seen_shape_ = seen_offsets_ = false;
      offsets_ = 0;
    }
    ++depth_;
    return true;
  }

  bool end_object() override {
    --depth_;
    if (depth_ != 1) return true;
    if (std::exchange(in_metadata_, false)) return true;
    if (!has_dtype_ || !seen_shape_ || offsets_ != 2) {
      return refuse("dtype, shape or data_offsets is missing");
    }
    std::uint64_t bytes = 0;
    if (!array_bytes(entry_.shape, entry_.dtype, bytes))
      return refuse("the shape is too large, or does not fill whole bytes");
    if (entry_.begin > entry_.end || entry_.end - entry_.begin != bytes) {
      return refuse(fmt::format("data_offsets {}, {} do not match the shape's {} bytes",
                                entry_.begin, entry_.end, bytes));
    }
    header_.tensors.push_back(std::move(entry_));
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || (key_ != "shape" && key_ != "data_offsets")) {
      return unexpected("a list");
    }
    ++depth_;
    return true;
  }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    message = fmt::format("the header is not valid JSON at byte {}", position);
    return false;
  }

 private:
  std::string short_key() const { return key_.substr(0, 60); }

  bool refuse(std::string why) {
    message = depth_ == 0 || entry_.name.empty() ? std::move(why)
              : entry_.name == "__metadata__"
                  ? fmt::format("the metadata: {}", why)
                  : fmt::format("tensor '{}': {}", entry_.name.substr(0, 200), why);
    return false;
  }

  bool unexpected(std::string_view what) {
    return refuse(depth_ == 0 ? fmt::format("the header is {}, not an object", what)
                              : fmt::format("{} is not expected at '{}'", what, short_key()));
  }

  SafetensorsHeader& header_;
  TensorEntry entry_;
  std::string key_;
  int depth_ = 0, offsets_ = 0;
  bool in_metadata_ = false, seen_metadata_ = false;
  bool has_dtype_ = false, seen_dtype_ = false, seen_shape_ = false, seen_offsets_ = false;
};

/// The name that comes twice, if there is one.
template <class Range, class Name>
std::optional<std::string> repeated_name(const Range& range, Name name_of) {
  std::vector<std::string_view> names;
  names.reserve(range.size());
  for (const auto& element : range) names.push_back(name_of(element));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return std::string(twice->substr(0, 200));
}

}  // namespace

std::string_view to_string(Dtype dtype) {
  for (const auto& row : dtype_names) {
    if (row.dtype == dtype) return row.name;
  }
  return "?";
}

std::size_t bytes_per_value(Dtype dtype) { return (bits_per_value(dtype) + 7) / 8; }

bool array_bytes(const std::vector<std::int64_t>& shape, Dtype dtype, std::uint64_t& bytes) {
  auto product = static_cast<std::int64_t>(bits_per_value(dtype));
  // Whole bytes are counted as such, so that no length is refused that could be.
  const bool whole = product % 8 == 0;
  if (whole) product /= 8;
  bool empty = false;
  for (const std::int64_t length : shape) {
    if (length < 0) return false;
    if (length == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(product, length, &product)) {
      return false;
    }
  }
  if (!empty && !whole && product % 8 != 0) return false;  // the last byte would be shared
  bytes = empty ? 0 : static_cast<std::uint64_t>(whole ? product : product / 8);
  return true;
}

Result<SafetensorsHeader> parse_safetensors_header(std::string_view text, std::string_view where) {
  const std::string file(where);
  SafetensorsHeader header;
  HeaderReader reader(header);
  try {
    if (!json::sax_parse(text, &reader)) return bad_input(std::move(reader.message), file);
  } catch (const std::exception&) {  // out of memory
    return fail(ErrorKind::device, "the header cannot be read: out of memory", file);
  }
  const auto tensor = repeated_name(
      header.tensors, [](const TensorEntry& entry) -> std::string_view { return entry.name; });
  if (tensor) return bad_input(fmt::format("tensor '{}' appears twice", *tensor), file);
  const auto key = repeated_name(header.metadata,
                                 [](const auto& pair) -> std::string_view { return pair.first; });
  if (key) return bad_input(fmt::format("the metadata key '{}' appears twice", *key), file);
  return header;
}

}  // namespace plumbline

#include "core/data/npy_header.h"

#include <fmt/format.h>
#include <optional>
#include <utility>

#include "core/data/utf8.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t max_npy_dimensions = 32;  // NumPy's own limit

/// Walks through the text from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool take(std::string_view token) {
    skip_space();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::optional<std::string_view> string() {
    skip_space();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return std::nullopt;
    const auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view content = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return content;
  }

  std::optional<std::int64_t> length() {
    skip_space();
    const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto value = parse_integer(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // Python 2 wrote 3L
    return value;
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  std::string_view rest_;
};

bool parse_shape(Cursor& cursor, std::vector<std::int64_t>& shape) {
  if (!cursor.take("(")) return false;
  while (!cursor.take(")")) {
    const auto length = cursor.length();
    if (!length || shape.size() == max_npy_dimensions) return false;
    shape.push_back(*length);
    if (!cursor.take(",")) return cursor.take(")");
  }
  return true;
}

Result<void> parse_type(std::string_view type, NpyHeader& header, const std::string& where) {
  const auto refuse = [&](std::string why) {
    return bad_input(
        fmt::format("values of type '{}' are not supported: {}", escaped(type.substr(0, 20)), why),
        where, "save it as float32 from NumPy");
  };
  if (type.find('O') != std::string_view::npos) return refuse("they are pickled objects");
  std::string little(type);
  header.big_endian = little.starts_with('>');
  if (header.big_endian) little.front() = '<';
  constexpr std::string_view known[] = {"<f2", "<f4", "<f8", "|i1", "<i1", "<i2", "<i4",
                                        "<i8", "|u1", "<u1", "<u2", "<u4", "<u8"};
  for (const std::string_view name : known) {
    if (little != name) continue;
    header.kind = name[1];
    header.bytes = name[2] - '0';
    return {};
  }
  return refuse("only f2, f4, f8, i1 to i8 and u1 to u8 are");
}

}  // namespace

Result<NpyHeader> parse_npy_header(std::string_view text, const std::string& where) {
  const auto damaged = [&] { return bad_input("the npy header is damaged", where); };
  NpyHeader header;
  bool has_type = false, has_order = false, has_shape = false;
  Cursor cursor(text);
  if (!cursor.take("{")) return damaged();
  while (!cursor.take("}")) {
    const auto key = cursor.string();
    if (!key || !cursor.take(":")) return damaged();
    if (*key == "descr" && !std::exchange(has_type, true)) {
      if (cursor.take("[")) return bad_input("records with fields are not supported", where);
      const auto type = cursor.string();
      if (!type) return damaged();
      if (auto parsed = parse_type(*type, header, where); !parsed) {
        return tl::unexpected(std::move(parsed.error()));
      }
    } else if (*key == "fortran_order" && !std::exchange(has_order, true)) {
      header.fortran_order = cursor.take("True");
      if (!header.fortran_order && !cursor.take("False")) return damaged();
    } else if (*key == "shape" && !std::exchange(has_shape, true)) {
      if (!parse_shape(cursor, header.shape)) return damaged();
    } else {
      return damaged();
    }
    if (cursor.take(",")) continue;
    if (!cursor.take("}")) return damaged();
    break;
  }
  if (!has_type || !has_order || !has_shape || !cursor.at_end()) return damaged();
  return header;
}

}  // namespace plumbline

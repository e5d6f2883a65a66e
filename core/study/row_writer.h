#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/atomic_file.h"
#include "core/types/error.h"

namespace plumbline {

/// A cell of a CSV file. Words come from files that may be anybody's. Control characters are
/// written as in C (`\x1b`), but for tab and line feed, which are quoted; and a cell that a
/// spreadsheet would compute (it begins with =, +, -, @ or a tab) has an apostrophe in front and is
/// quoted. Not for numbers.
std::string csv_field(std::string_view text);

/// Writes a table row by row, as CSV (RFC 4180, with heads) or as a JSON list of objects, to a file
/// that a user has named (OutputFile): whoever reads a regular file sees all of it or nothing.
/// JSON has the words as they are.
class RowWriter {
 public:
  static Result<RowWriter> open(const std::filesystem::path& target, bool json,
                                std::vector<std::string> columns);

  void text(std::string_view value);
  /// In the shortest form that reads back as the same value; not a number: left empty.
  void number(float value);
  void number(double value);
  void integer(std::int64_t value);
  void empty();
  void end_row();
  /// Errors (device): the disk is full, or what else the system says.
  Result<std::int64_t> finish();

 private:
  RowWriter(OutputFile file, bool json, std::vector<std::string> columns);
  void field(std::string_view ready);
  template <class Number>
  void number_as(Number value);

  OutputFile file_;
  Result<void> written_;  ///< the first error, which `finish` returns
  std::string buffer_;
  std::vector<std::string> columns_;
  std::size_t column_ = 0;
  std::int64_t rows_ = 0;
  bool json_ = false;
};

}  // namespace plumbline

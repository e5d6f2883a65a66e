#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// Writes a table row by row, as CSV (RFC 4180, with heads) or as a JSON list of objects, to a
/// temporary file that `finish` renames: whoever reads the target sees all of it or nothing.
class RowWriter {
 public:
  static Result<RowWriter> open(const std::filesystem::path& target, bool json,
                                std::vector<std::string> columns);
  RowWriter(RowWriter&&) = default;
  ~RowWriter();

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
  RowWriter() = default;
  void field(std::string_view ready);
  template <class Number>
  void number_as(Number value);

  std::filesystem::path target_, temporary_;
  std::ofstream stream_;
  std::string buffer_;
  std::vector<std::string> columns_;
  std::size_t column_ = 0;
  std::int64_t rows_ = 0;
  bool json_ = false;
};

}  // namespace plumbline

#include "core/study/row_writer.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr std::size_t buffer_size = 1 << 20;

/// Whether a spreadsheet takes the text for something to compute.
bool would_be_computed(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != text.npos;
}

std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string csv_field(std::string_view value) {
  const bool computed = would_be_computed(value);
  const std::string text = visible_text(value, "\t\n");
  if (!computed && text.find_first_of(",\"\n\t") == text.npos) return text;
  std::string quoted = computed ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Result<RowWriter> RowWriter::open(const std::filesystem::path& target, bool json,
                                  std::vector<std::string> columns) {
  auto file = OutputFile::open(target);
  TRY(file);
  return RowWriter(std::move(*file), json, std::move(columns));
}

RowWriter::RowWriter(OutputFile file, bool json, std::vector<std::string> columns)
    : file_(std::move(file)), columns_(std::move(columns)), json_(json) {
  if (json) {
    buffer_ = "[";
    return;
  }
  for (const auto& column : columns_) buffer_ += (buffer_.empty() ? "" : ",") + csv_field(column);
  buffer_ += "\n";
}

void RowWriter::field(std::string_view ready) {
  if (json_) {
    buffer_ += column_ == 0 ? (rows_ == 0 ? "\n{" : ",\n{") : ",";
    buffer_ += json_text(columns_[column_]) + ":";
  } else if (column_ > 0) {
    buffer_ += ',';
  }
  buffer_ += ready;
  ++column_;
}

void RowWriter::text(std::string_view value) { field(json_ ? json_text(value) : csv_field(value)); }
void RowWriter::integer(std::int64_t value) { field(std::to_string(value)); }
void RowWriter::empty() { field(json_ ? "null" : ""); }

void RowWriter::number(float value) { number_as(value); }
void RowWriter::number(double value) { number_as(value); }

template <class Number>
void RowWriter::number_as(Number value) {
  if (std::isnan(value)) return empty();
  // JSON has no infinity.
  if (std::isinf(value)) return json_ ? text(value < 0 ? "-inf" : "inf") : field(shortest(value));
  field(shortest(value));
}

void RowWriter::end_row() {
  buffer_ += json_ ? "}" : "\n";
  column_ = 0;
  ++rows_;
  if (buffer_.size() < buffer_size) return;
  if (written_) written_ = file_.write(buffer_);
  buffer_.clear();
}

Result<std::int64_t> RowWriter::finish() {
  if (json_) buffer_ += "\n]\n";
  if (written_) written_ = file_.write(buffer_);
  TRY(written_);
  TRY(file_.finish());
  return rows_;
}

}  // namespace plumbline

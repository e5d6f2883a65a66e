#include "core/study/row_writer.h"

#include <unistd.h>

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t buffer_size = 1 << 20;

std::string csv_field(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == value.npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<RowWriter> RowWriter::open(const std::filesystem::path& target, bool json,
                                  std::vector<std::string> columns) {
  RowWriter writer;
  writer.target_ = target;
  writer.temporary_ = target.string() + fmt::format(".{}.tmp", ::getpid());
  writer.columns_ = std::move(columns);
  writer.json_ = json;
  writer.stream_.open(writer.temporary_, std::ios::binary | std::ios::trunc);
  if (!writer.stream_)
    return bad_input("the file cannot be written", target.string(),
                     "check that the folder exists and may be written");
  if (json) {
    writer.buffer_ = "[";
  } else {
    for (const auto& column : writer.columns_)
      writer.buffer_ += (writer.buffer_.empty() ? "" : ",") + csv_field(column);
    writer.buffer_ += "\n";
  }
  return writer;
}

RowWriter::~RowWriter() {
  if (!stream_.is_open()) return;
  stream_.close();
  std::error_code code;
  std::filesystem::remove(temporary_, code);
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
  stream_ << buffer_;
  buffer_.clear();
}

Result<std::int64_t> RowWriter::finish() {
  if (json_) buffer_ += "\n]\n";
  stream_ << buffer_ << std::flush;
  const bool written = stream_.good();
  stream_.close();
  std::error_code code;
  if (!written) {
    std::filesystem::remove(temporary_, code);
    return fail(ErrorKind::device, "the file cannot be written to its end: the disk may be full",
                target_.string());
  }
  std::filesystem::rename(temporary_, target_, code);
  if (code) return bad_input("the file cannot be replaced: " + code.message(), target_.string());
  return rows_;
}

}  // namespace plumbline

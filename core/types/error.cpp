#include "core/types/error.h"

namespace plumbline {

std::string to_string(const Error& error) {
  std::string text;
  if (!error.where.empty()) text += error.where + ": ";
  text += error.message;
  if (!error.hint.empty()) text += " (" + error.hint + ")";
  return text;
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::bad_input: return 3;
    case ErrorKind::device: return 4;
    case ErrorKind::cancelled: return 130;
  }
  return 3;
}

ErrorKind kind_of_exit(std::int64_t code) {
  for (const ErrorKind kind : {ErrorKind::usage, ErrorKind::bad_input, ErrorKind::cancelled})
    if (code == exit_code(kind)) return kind;
  return ErrorKind::device;
}

std::string_view code_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::bad_input: return "bad_input";
    case ErrorKind::device: return "device";
    case ErrorKind::cancelled: return "cancelled";
  }
  return "bad_input";
}

}  // namespace plumbline

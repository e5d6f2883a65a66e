#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace plumbline {

/// What went wrong, by who can mend it. Each kind is one exit code of the programs.
enum class ErrorKind {
  usage,      ///< the command line or a request is wrong: exit 2
  bad_input,  ///< a file, a study or a model is wrong: exit 3
  device,     ///< the device or the machine's resources fail: exit 4
  cancelled,  ///< the user asked to stop: exit 130
};

/// A failure that a person reads: what, where and what to do next.
struct Error {
  ErrorKind kind = ErrorKind::bad_input;
  std::string message;  ///< what is wrong, without a full stop
  std::string where;    ///< the file, option or word that is wrong; may be empty
  std::string hint;     ///< what to do next; may be empty
};

/// A value or the reason why there is none. Nothing in core/ throws across its interfaces.
template <class T = void>
using Result = tl::expected<T, Error>;

/// Returns the error of a Result from the function that encloses it, or goes on where there is
/// none: `TRY(file);` for a value that is used afterwards, `TRY(study.add_run(run));` for a call.
#define TRY(...)                                                                               \
  do {                                                                                         \
    if (auto&& tried = (__VA_ARGS__); !tried)                                                  \
      return tl::unexpected<::plumbline::Error>(std::forward<decltype(tried)>(tried).error()); \
  } while (false)

/// "where: message (hint)"; parts that are empty are left out.
std::string to_string(const Error& error);

/// 2, 3, 4 or 130.
int exit_code(ErrorKind kind);

/// The kind that has this code; device where none has.
ErrorKind kind_of_exit(std::int64_t code);

/// The word for a kind in events and JSON: "usage", "bad_input", "device", "cancelled".
std::string_view code_name(ErrorKind kind);

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string where = {},
                                  std::string hint = {}) {
  return tl::unexpected(Error{kind, std::move(message), std::move(where), std::move(hint)});
}

inline tl::unexpected<Error> bad_input(std::string message, std::string where = {},
                                       std::string hint = {}) {
  return fail(ErrorKind::bad_input, std::move(message), std::move(where), std::move(hint));
}

inline tl::unexpected<Error> usage_error(std::string message, std::string where = {},
                                         std::string hint = {}) {
  return fail(ErrorKind::usage, std::move(message), std::move(where), std::move(hint));
}

}  // namespace plumbline

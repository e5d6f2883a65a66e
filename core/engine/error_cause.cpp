#include "core/engine/error_cause.h"

#include <cctype>
#include <string_view>

#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_cause = 500;

/// "RuntimeError: ", "torch.jit.Error: ": the class that Python would show.
std::string_view without_class(std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == line.npos) return line;
  const std::string_view name = line.substr(0, colon);
  for (const char c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') return line;
  return name.ends_with("Error") || name.ends_with("Exception") ? line.substr(colon + 2) : line;
}

/// The last line that says something: underlines ("~~~~ <--- HERE") do not.
std::string_view last_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.rfind('\n');
    const std::string_view line = trimmed(end == text.npos ? text : text.substr(end + 1));
    if (!line.empty() && line.find("<--- HERE") == line.npos) return line;
    if (end == text.npos) break;
    text = text.substr(0, end);
  }
  return {};
}

}  // namespace

std::string error_cause(const std::exception& exception) {
  std::string_view what = trimmed(exception.what());
  if (const auto stack = what.find("\nException raised from"); stack != what.npos)
    what = trimmed(what.substr(0, stack));
  const bool interpreted = what.starts_with("The following operation failed in the TorchScript");
  std::string_view cause =
      interpreted ? without_class(last_line(what)) : what.substr(0, what.find('\n'));
  if (cause.empty()) cause = what.substr(0, what.find('\n'));
  return std::string(trimmed(cause.substr(0, longest_cause)));
}

}  // namespace plumbline

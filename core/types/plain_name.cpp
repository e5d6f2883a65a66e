#include "core/types/plain_name.h"

#include <fmt/format.h>

#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_plain_name = 100;  // bytes

std::string_view name_mistake(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > longest_plain_name) return "is longer than 100 bytes";
  if (name.front() == '.' || name.front() == '-') return "begins with '.' or '-'";
  if (name.find_first_of("/\\:,") != std::string_view::npos)
    return "contains '/', '\\', ':' or ','";
  if (trimmed(name) != name) return "begins or ends with white space";
  if (visible_text(name) != name) return "contains a control character, or is not UTF-8";
  return {};
}

}  // namespace

Result<void> check_plain_name(std::string_view name, std::string_view what,
                              std::string_view where) {
  const std::string_view mistake = name_mistake(name);
  if (mistake.empty()) return {};
  return usage_error(
      fmt::format("the name of {} {}: '{}'", what, mistake,
                  visible_text(name.substr(0, longest_plain_name))),
      std::string(where),
      "use 1 to 100 bytes without '/', '\\', ':' or ',', not beginning with '.' or '-'");
}

}  // namespace plumbline

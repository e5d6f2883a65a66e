#include "app/engine/commands/heeded_options.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <CLI/Option.hpp>

namespace plumbline {

Result<void> check_heeded(const CLI::App& command, std::string_view mode, std::string_view does,
                          std::initializer_list<std::string_view> heeded) {
  const std::string_view own = mode.substr(0, mode.find(' '));
  for (const CLI::Option* option : command.get_options()) {
    // A hidden option has no name here: no person has written it.
    const std::string name = option->get_name();
    if (option->count() == 0 || option->get_positional() || name.empty() || name == own ||
        std::ranges::find(heeded, name) != heeded.end())
      continue;
    return usage_error(fmt::format("has no effect beside {}, which {}", mode, does), name,
                       "leave it out");
  }
  return {};
}

}  // namespace plumbline

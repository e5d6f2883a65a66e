#pragma once
#include <string>
#include <string_view>

namespace plumbline {

/// The word as a POSIX shell reads it back: in single quotes where it has a character that means
/// something there, or is empty. For commands that are shown and copied; none is run by a shell.
std::string shell_word(std::string_view word);

}  // namespace plumbline

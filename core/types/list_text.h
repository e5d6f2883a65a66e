#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The parts of "a, b,c" between the separators, trimmed, empty ones included: as many as there are
/// separators and one more. They point into `text`.
std::vector<std::string_view> parts_between(std::string_view text, char separator);

/// The parts between commas that are not empty, as options of the command line read their lists.
std::vector<std::string> split_list(std::string_view text);

}  // namespace plumbline

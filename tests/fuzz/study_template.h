#pragma once
#include <vector>

namespace plumbline::fuzz {

/// The bytes of the database of a small study that has something in every table.
std::vector<char> study_template();

}  // namespace plumbline::fuzz

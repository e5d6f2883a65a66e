#pragma once
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline::test {

/// What `decide` or `export` of plumbline-engine print on standard output for these words, the
/// program's name left out.
Result<std::string> printed_by(std::vector<std::string> words);

}  // namespace plumbline::test

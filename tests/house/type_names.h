#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline::test {

/// Types of one name and namespace that two files below core/, kernels/, widgets/ or app/ of `root`
/// define, one line each: "plumbline::X: core/a/x.h and core/engine/b/y.h". A program that loads
/// both takes the functions of one for the other's, and no linker says so. What an anonymous
/// namespace holds is its file's own.
std::vector<std::string> types_defined_twice(const std::filesystem::path& root);

}  // namespace plumbline::test

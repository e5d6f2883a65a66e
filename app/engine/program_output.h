#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// What a program writes to its standard output, if it ends with 0 in time; its input is empty and
/// what it complains of is not shown. No shell takes part. Returns nothing where it cannot be
/// started, ends otherwise, writes more than 64 KiB, or is killed for being late.
std::optional<std::string> program_output(const std::filesystem::path& program,
                                          const std::vector<std::string>& arguments,
                                          std::chrono::milliseconds limit);

}  // namespace plumbline

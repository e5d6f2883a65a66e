#pragma once
#include <initializer_list>
#include <string_view>

#include <CLI/App.hpp>

#include "core/types/error.h"

namespace plumbline {

/// Refuses what was given to a command beside an option that lets only some of the others count.
/// `mode`: that option as it is written, with its value where it needs one ("--policy list");
/// `does`: what the command does then, for people; `heeded`: the options that count nevertheless.
/// Words without an option, such as STUDY, are let through. Errors (usage): the first option that
/// would have no effect.
Result<void> check_heeded(const CLI::App& command, std::string_view mode, std::string_view does,
                          std::initializer_list<std::string_view> heeded = {});

}  // namespace plumbline

#pragma once
#include <string>

namespace plumbline {

/// "2026-11-24T15:04:05Z": how files say when something was made or measured.
std::string now_in_utc();

}  // namespace plumbline

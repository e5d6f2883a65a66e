#pragma once
#include <exception>
#include <string>

#include "core/types/number.h"

namespace plumbline {

/// What a C++ error of LibTorch says: its first line; the rest is a stack.
inline std::string first_line(const std::exception& exception) {
  const std::string_view what = trimmed(exception.what());
  return std::string(what.substr(0, what.find('\n')));
}

}  // namespace plumbline

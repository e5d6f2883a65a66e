#pragma once
#include <exception>
#include <string>

namespace plumbline {

/// What an error of LibTorch is caused by, on one line, at most 500 bytes. Its text begins with the
/// cause and goes on with a stack; but where TorchScript's interpreter failed, it begins with a
/// sentence that is always the same, shows the source, and has the cause in its last line.
std::string error_cause(const std::exception& exception);

}  // namespace plumbline

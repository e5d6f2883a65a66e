#pragma once
#include <string>
#include <string_view>

namespace plumbline {

/// RFC 4648, with padding, without line breaks.
std::string base64_of(std::string_view bytes);

}  // namespace plumbline

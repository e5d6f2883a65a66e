#pragma once
#include <string>
#include <string_view>

namespace plumbline {

/// The text as it may be shown on a terminal or written to a table: words come from files, models
/// and studies that may be anybody's. Control characters (below U+0020, U+007F to U+009F), those
/// that turn the direction of what follows (U+202A to U+202E, U+2066 to U+2069) and bytes that are
/// no UTF-8 are written as \xHH, a byte each; everything else stays. `but_not` lists ASCII control
/// characters that stay too.
std::string visible_text(std::string_view text, std::string_view but_not = {});

}  // namespace plumbline

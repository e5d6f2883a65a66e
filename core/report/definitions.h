#pragma once
#include <string_view>

namespace plumbline {

/// What a metric of the metric table is, in a sentence that a reader outside understands; empty for
/// one that is not known here.
std::string_view definition_of(std::string_view metric);

}  // namespace plumbline

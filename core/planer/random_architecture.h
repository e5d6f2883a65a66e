#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/planer/architecture.h"

namespace plumbline {

/// An architecture drawn by chance, of a latency between `least` and `most` ms: every slot's option
/// is drawn alike from `options`, then single slots are drawn anew as long as that brings the
/// latency nearer. `latency` estimates it, or returns nothing where an option was not measured.
/// Returns nothing where none of 1,000 draws gets there. The same seed gives the same architecture.
std::optional<Architecture> random_architecture(
    std::size_t slots, const std::vector<OptionIndex>& options,
    const std::function<std::optional<double>(const Architecture&)>& latency, double least,
    double most, std::uint64_t seed);

}  // namespace plumbline

#pragma once
#include <cstdint>

namespace plumbline {

/// A class by its place in its data set's list of classes.
using ClassIndex = std::uint16_t;

/// No class: a sample without a label, or a voter without an output for a sample (its image could
/// not be decoded). Such a sample is never judged.
inline constexpr ClassIndex no_class = 0xFFFF;

/// The most classes that a data set or a model may have.
inline constexpr int max_classes = 0xFFFF;

}  // namespace plumbline

#pragma once
#include <cstdint>

namespace plumbline {

/// CIFAR-10's binary records: a label byte, then the planes R, G, B of 32 × 32 values.
inline constexpr int cifar10_side = 32;
inline constexpr std::uint64_t cifar10_plane_bytes = 32 * 32;
inline constexpr std::uint64_t cifar10_record_bytes = 1 + 3 * cifar10_plane_bytes;

}  // namespace plumbline

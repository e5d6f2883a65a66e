#pragma once

namespace plumbline::kernels {

/// The points of a tile of 6 × 6 pixels are 0, ±a, ±b and ∞. Chosen for the smallest error of
/// float32 in whole networks, among those whose squares are exact.
constexpr float winograd_a = 0.625F, winograd_b = 1.25F;

}  // namespace plumbline::kernels

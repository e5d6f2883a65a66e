#pragma once
#include <cmath>
#include <span>
#include <string_view>

namespace plumbline::kernels {

/// How a view changes the network's input. Each view of the pool is one entry of
/// `view_definitions()`; the CPU's and the GPU's kernels are driven by it.
struct ViewDefinition {
  std::string_view name;
  /// The source column of an output column is mirrored.
  bool mirror_x = false;
  /// Grey level 0 to 255 to grey level, unrounded, clamped afterwards; null: as it is.
  double (*tone)(double level, double value) = nullptr;
};

inline double gamma_tone(double level, double value) { return 255 * std::pow(level / 255, value); }

inline std::span<const ViewDefinition> view_definitions() {
  static constexpr ViewDefinition definitions[] = {
      {.name = "identity"},
      {.name = "flip_x", .mirror_x = true},
      {.name = "gamma", .tone = gamma_tone},
  };
  return definitions;
}

}  // namespace plumbline::kernels

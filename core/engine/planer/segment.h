#pragma once
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "core/planer/backbone_config.h"

namespace plumbline {

/// What all slots of one forward pass share.
struct SegmentContext {
  std::int64_t length = 0;  ///< tokens of the segment
  std::int64_t keys = 0;    ///< those and the memory's before them
  /// [length, keys] of the computing type: 0 where a token may look, −∞ where not. Undefined: every
  /// token looks at itself and those before.
  at::Tensor mask;
  /// The same in a number: of the keys up to its own place a token sees so many, the last; 0: all.
  std::int64_t window = 0;
  /// [keys, d_model]: sinusoids of the distances keys − 1 … 0 (Dai et al. 2019); undefined with
  /// learned positions.
  at::Tensor distances;
  bool training = false;
  double dropout = 0, attention_dropout = 0;
};

/// Transformer-XL's sinusoids: [count, width], row i for distance count − 1 − i, sines then
/// cosines, distances above `clamp` (if not 0) as `clamp`. float32, on the CPU.
at::Tensor sinusoids(std::int64_t count, std::int64_t width, std::int64_t clamp);

/// Masks of a segment: token i looks at key j iff j ≤ memory + i and, with `same_length`, iff it is
/// one of the `capacity` last. float32, on the CPU.
at::Tensor attention_mask(std::int64_t length, std::int64_t memory, bool same_length,
                          std::int64_t capacity);

}  // namespace plumbline

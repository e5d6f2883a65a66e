#pragma once
#include <cstdint>

#include "core/data/image.h"

/// Noise takes all 256 values, extremes only 0 and 255. The generator is the one that
/// make_pil_reference.py describes.
enum class Pattern { noise, extremes };
plumbline::Image generated_image(Pattern pattern, std::uint32_t seed, int channels, int width,
                                 int height);

#pragma once
#include <cstddef>
#include <vector>

#include "core/data/image.h"

namespace plumbline {

/// The image as a PNG, grey or RGB. Equal pixels give equal bytes. Errors: no pixels, or more than
/// libpng takes.
Result<std::vector<std::byte>> encode_png(const Image& image);

}  // namespace plumbline

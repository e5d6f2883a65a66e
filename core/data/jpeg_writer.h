#pragma once
#include <cstddef>
#include <vector>

#include "core/data/image.h"
#include "core/data/plain_jpeg.h"

namespace plumbline {

/// The image as a baseline JPEG, whose colours have the full resolution where nothing else is asked
/// for: what is encoded here is small, and halved colours would show. `quality` from 1 to 100.
/// Equal pixels give equal bytes. Errors: no pixels, or a side that JPEG cannot hold (65,500).
Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality,
                                           JpegSampling sampling = {});

}  // namespace plumbline

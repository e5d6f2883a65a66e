#pragma once
#include <optional>

#include "core/data/pixel_rect.h"
#include "core/data/sample_reader.h"
#include "core/report/document.h"

namespace plumbline {

/// A sample's picture, or a place in it with what is around, outlined: small enough for a report: PNG as it is where it is small,
/// else JPEG with a longer side of some 224 pixels. Where it cannot be read the problem says so,
/// without naming where the file lies.
CaseImage read_case_image(const SampleReader& reader, const SampleLocator& sample,
                          const std::optional<PixelRect>& place);

}  // namespace plumbline

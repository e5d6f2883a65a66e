#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/data/pixel_rect.h"
#include "core/data/sample_reader.h"
#include "core/report/document.h"

namespace plumbline {

/// A box in the picture's own pixels, drawn in a colour (red, green, blue).
struct CaseBox {
  PixelRect place;
  std::array<std::uint8_t, 3> colour{};
};

/// A sample's picture, or a place in it with what is around, outlined in white, and below it other
/// boxes: small enough for a report: PNG as it is where it is small,
/// else JPEG with a longer side of some 224 pixels. Where it cannot be read the problem says so,
/// without naming where the file lies.
CaseImage read_case_image(const SampleReader& reader, const SampleLocator& sample,
                          const std::optional<PixelRect>& place,
                          std::span<const CaseBox> others = {});

}  // namespace plumbline

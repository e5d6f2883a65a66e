#include "core/study/view_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/data/resize.h"
#include "kernels/view_definitions.h"

namespace plumbline {

Result<Image> view_picture(const Image& image, const ModelCard& card, const View& view) {
  const auto definitions = kernels::view_definitions();
  const auto found = std::ranges::find(definitions, view.name(), &kernels::ViewDefinition::name);
  if (found == definitions.end()) return bad_input("the view cannot be shown", to_string(view));
  const CardInput& input = card.input;
  auto fitted =
      fit_image(image, input.channels, input.width, input.height, input.resize, card.name);
  if (!fitted) return fitted;
  if (found->tone != nullptr) {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t level = 0; level < table.size(); ++level)
      table[level] = static_cast<std::uint8_t>(std::lround(
          std::clamp(found->tone(static_cast<double>(level), view.value()), 0.0, 255.0)));
    for (std::uint8_t& pixel : fitted->pixels) pixel = table[pixel];
  }
  if (found->mirror_x) {
    const auto channels = static_cast<std::size_t>(fitted->channels);
    const auto width = static_cast<std::size_t>(fitted->width);
    for (std::size_t y = 0; y < static_cast<std::size_t>(fitted->height); ++y) {
      std::uint8_t* row = fitted->pixels.data() + y * width * channels;
      for (std::size_t x = 0; x < width / 2; ++x)
        std::swap_ranges(row + x * channels, row + (x + 1) * channels,
                         row + (width - 1 - x) * channels);
    }
  }
  return fitted;
}

}  // namespace plumbline

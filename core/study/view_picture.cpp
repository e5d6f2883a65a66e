#include "core/study/view_picture.h"

#include "core/study/view_canvas.h"

namespace plumbline {

Result<Image> view_picture(const Image& image, const ModelCard& card, const View& view,
                           std::int64_t sample) {
  const CardInput& input = card.input;
  const auto divided = divide_view(input, view);
  TRY(divided);
  auto on_canvas = put_on_canvas(image, divided->canvas, card.name);
  TRY(on_canvas);
  if (divided->rest == View() && divided->canvas.eight_bit()) return std::move(on_canvas->pixels);

  views::ViewContext context;
  context.sample = sample;
  context.scale = input.scale;
  views::Fill fill;
  for (std::size_t c = 0; c < input.mean.size() && c < 3; ++c) {
    const std::size_t channel = input.colour_order == "BGR" ? input.mean.size() - 1 - c : c;
    context.mean[channel] = input.mean[c];
    context.std[channel] = input.std[c];
    fill.outside[channel] = static_cast<float>(input.mean[c] / input.scale);
  }
  views::Levels levels = std::move(on_canvas->levels);
  if (divided->canvas.eight_bit()) {
    const Image& pixels = on_canvas->pixels;
    const views::FrameSize frame{pixels.width, pixels.height};
    const auto placement = views::placement_of(divided->rest.steps(), frame);
    views::place_levels({pixels.pixels.data(), pixels.width, pixels.height, pixels.channels},
                        placement, input.resize.interpolation == Interpolation::bilinear_antialias,
                        fill, levels);
    if (placement == views::whole(frame)) levels.valid = on_canvas->valid;
  }
  views::apply_intensities(levels, divided->rest.steps(), context);
  Image seen{levels.width, levels.height, levels.channels, {}};
  seen.pixels.resize(levels.values.size());
  views::store_pixels(levels, seen.pixels.data());
  return seen;
}

}  // namespace plumbline

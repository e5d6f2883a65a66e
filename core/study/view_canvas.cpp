#include "core/study/view_canvas.h"

#include <algorithm>
#include <new>
#include <tuple>

#include "core/data/resize.h"

namespace plumbline {

namespace {

views::FrameSize resized_size(const Image& image) { return {image.width, image.height}; }

views::PixelView view_of(const Image& image) {
  return {image.pixels.data(), image.width, image.height, image.channels};
}

/// Moved pixels of a source, before it is fitted.
Image permuted(const Image& image, const views::Placement& placement) {
  Image moved{placement.frame.width, placement.frame.height, image.channels, {}};
  moved.pixels.resize(image.pixels.size());
  views::permute(view_of(image), placement, moved.pixels.data());
  return moved;
}

views::PixelRectangle fitted_rectangle(const FitGeometry& fit, int width, int height) {
  const auto side = [](std::int64_t place, int limit) {
    return static_cast<int>(std::clamp<std::int64_t>(place, 0, limit));
  };
  return {side(fit.left, width), side(fit.top, height), side(fit.left + fit.scaled_width, width),
          side(fit.top + fit.scaled_height, height)};
}

/// One resampling for the view and the card's resize.
Result<CanvasImage> sampled(const Image& image, const Canvas& canvas,
                            const views::Placement& placement, std::string_view where) {
  const auto fit = fit_geometry(placement.frame.width, placement.frame.height, canvas.width,
                                canvas.height, canvas.resize, where);
  TRY(fit);
  // Grey is repeated and colour becomes luma before anything else, as fit_image does.
  auto coloured = fit_image(image, canvas.channels, image.width, image.height, {}, where);
  TRY(coloured);
  const bool t = placement.transposed;
  if (t) *coloured = permuted(*coloured, {true, 1, 0, 1, 0, {image.height, image.width}});
  const bool antialias = canvas.resize.interpolation == Interpolation::bilinear_antialias;
  const auto x =
      views::sample_axis(coloured->width, canvas.width,
                         {static_cast<double>(fit->left), static_cast<double>(fit->scaled_width)},
                         t ? placement.y : placement.x, t ? placement.y0 : placement.x0, antialias);
  const auto y =
      views::sample_axis(coloured->height, canvas.height,
                         {static_cast<double>(fit->top), static_cast<double>(fit->scaled_height)},
                         t ? placement.x : placement.y, t ? placement.x0 : placement.y0, antialias);
  views::Fill fill;
  for (std::size_t c = 0; c < 3; ++c) {
    fill.outside[c] = static_cast<float>(canvas.fill[c]);
    fill.padding[c] =
        canvas.resize.kind == ResizeKind::letterbox ? static_cast<float>(canvas.resize.pad) : 0.0F;
  }
  CanvasImage out;
  views::resample(view_of(*coloured), x, y, fill, out.levels);
  out.valid = out.levels.valid;
  return out;
}

}  // namespace

bool operator==(const Canvas& a, const Canvas& b) {
  const auto key = [](const Canvas& c) {
    return std::tie(c.channels, c.height, c.width, c.resize.kind, c.resize.size,
                    c.resize.interpolation, c.resize.pad, c.resize.anchor, c.resize.rounding,
                    c.geometric, c.fill);
  };
  return key(a) == key(b);
}

bool Canvas::eight_bit() const {
  // Asked of any image: whether pixels only move does not depend on its size, but for crops.
  return views::placement_of(geometric.steps(), {64, 64}).permutes();
}

Result<CanvasAndRest> divide_view(const CardInput& input, const View& view) {
  if (input.channels == 1 && view.needs_colour())
    return usage_error("the view changes nothing in the grey images that the network takes",
                       to_string(view), "leave it out for this network");
  CanvasAndRest divided;
  divided.canvas.channels = input.channels;
  divided.canvas.height = input.height;
  divided.canvas.width = input.width;
  divided.canvas.resize = input.resize;
  const auto placement = views::placement_of(view.steps(), {64, 64});
  const bool square = input.width == input.height;
  const bool left = input.resize.kind == ResizeKind::none
                        ? square || !placement.transposed
                        : input.resize.kind == ResizeKind::stretch && placement.permutes() &&
                              !placement.transposed;
  if (left) {
    divided.rest = view;
    return divided;
  }
  divided.rest = view.intensity();
  divided.canvas.geometric = view.geometric();
  // The level that becomes 0 in the network, by channel of the image.
  for (std::size_t c = 0; c < input.mean.size() && c < 3; ++c) {
    const std::size_t channel = input.colour_order == "BGR" ? input.mean.size() - 1 - c : c;
    divided.canvas.fill[channel] = std::clamp(input.mean[c] / input.scale, 0.0, 255.0);
  }
  // Only where there is something to fill do canvases differ by it.
  if (divided.canvas.eight_bit()) divided.canvas.fill = {};
  return divided;
}

Result<CanvasFit> fit_on_canvas(const Canvas& canvas, views::FrameSize image,
                                std::string_view where) {
  CanvasFit fit{views::placement_of(canvas.geometric.steps(), image), {}, {}};
  auto geometry = fit_geometry(fit.placement.frame.width, fit.placement.frame.height, canvas.width,
                               canvas.height, canvas.resize, where);
  TRY(geometry);
  fit.geometry = *geometry;
  fit.valid = fitted_rectangle(fit.geometry, canvas.width, canvas.height);
  return fit;
}

Result<views::PixelRectangle> put_on_canvas_into(const Image& image, const Canvas& canvas,
                                                 std::string_view where,
                                                 std::span<std::uint8_t> levels) {
  const auto fit = fit_on_canvas(canvas, resized_size(image), where);
  TRY(fit);
  const auto put = [&](const Image& shown) {
    return fit_image_into(shown, canvas.channels, canvas.width, canvas.height, canvas.resize, where,
                          levels);
  };
  TRY(canvas.geometric == View() ? put(image) : put(permuted(image, fit->placement)));
  return fit->valid;
}

Result<CanvasImage> put_on_canvas(const Image& image, const Canvas& canvas,
                                  std::string_view where) {
  if (!canvas.eight_bit())
    return sampled(image, canvas,
                   views::placement_of(canvas.geometric.steps(), resized_size(image)), where);
  // Sizes are checked before memory is taken.
  TRY(fit_on_canvas(canvas, resized_size(image), where));
  CanvasImage put{{canvas.width, canvas.height, canvas.channels, {}, {}}, {}, {}};
  try {
    put.pixels.pixels.resize(static_cast<std::size_t>(canvas.width) *
                             static_cast<std::size_t>(canvas.height) *
                             static_cast<std::size_t>(canvas.channels));
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "cannot be resized: out of memory", std::string(where));
  }
  const auto valid = put_on_canvas_into(image, canvas, where, put.pixels.pixels);
  TRY(valid);
  put.valid = *valid;
  return put;
}

}  // namespace plumbline

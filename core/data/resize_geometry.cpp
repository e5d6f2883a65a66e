#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/data/resize.h"

namespace plumbline {

namespace {

std::optional<Error> check_sizes(int image_width, int image_height, int width, int height,
                                 std::string_view where) {
  if (width < 1 || height < 1 || width > max_input_side || height > max_input_side) {
    return Error{ErrorKind::bad_input,
                 fmt::format("cannot become {} × {} pixels: a side must have 1 to {}", width,
                             height, max_input_side),
                 std::string(where),
                 {}};
  }
  if (image_width < 1 || image_height < 1 || image_width > max_scaled_side ||
      image_height > max_scaled_side) {
    return Error{ErrorKind::bad_input,
                 fmt::format("is {} × {} pixels: a side that is resized must have 1 to {}",
                             image_width, image_height, max_scaled_side),
                 std::string(where),
                 {}};
  }
  return std::nullopt;
}

Result<FitGeometry> letterbox(int image_width, int image_height, int width, int height,
                              const Resize& resize, std::string_view where) {
  if (!(resize.pad >= 0 && resize.pad <= 255)) {
    return bad_input(fmt::format("the card's resize.pad is {}, outside 0 to 255", resize.pad),
                     std::string(where));
  }
  const bool centre = resize.anchor == "centre";
  if (!centre && resize.anchor != "top-left") {
    return bad_input(
        fmt::format("the card's resize.anchor is '{}', not top-left or centre", resize.anchor),
        std::string(where));
  }
  const bool truncate = resize.rounding == "truncate";
  if (!truncate && resize.rounding != "round") {
    return bad_input(
        fmt::format("the card's resize.rounding is '{}', not round or truncate", resize.rounding),
        std::string(where));
  }
  const double ratio = std::min(static_cast<double>(height) / image_height,
                                static_cast<double>(width) / image_width);
  const auto scaled = [&](int side, int limit) {
    const double exact = side * ratio;
    const auto rounded =
        static_cast<std::int64_t>(truncate ? std::trunc(exact) : std::nearbyint(exact));
    return std::clamp<std::int64_t>(rounded, 1, limit);
  };
  FitGeometry fit;
  fit.scaled_width = scaled(image_width, width);
  fit.scaled_height = scaled(image_height, height);
  fit.scale_x = fit.scale_y = ratio;
  if (centre) {
    fit.left = (width - fit.scaled_width) / 2;
    fit.top = (height - fit.scaled_height) / 2;
  }
  return fit;
}

/// The corner of a scaled side in the input: half of the difference, towards the corner where
/// pixels are added, half to even where they are cut off.
std::int64_t centre_crop_corner(std::int64_t scaled, int side) {
  if (scaled <= side) return (side - scaled) / 2;
  return -static_cast<std::int64_t>(std::nearbyint(static_cast<double>(scaled - side) / 2.0));
}

Result<FitGeometry> short_side(int image_width, int image_height, int width, int height,
                               const Resize& resize, std::string_view where) {
  if (resize.size < 1 || resize.size > max_input_side) {
    return bad_input(
        fmt::format("the card's resize.size is {}, outside 1 to {}", resize.size, max_input_side),
        std::string(where));
  }
  const auto [shorter, longer] = std::minmax(image_width, image_height);
  const std::int64_t product = std::int64_t{resize.size} * longer;
  const auto scaled_longer =
      static_cast<std::int64_t>(static_cast<double>(product) / static_cast<double>(shorter));
  const bool upright = image_width <= image_height;
  FitGeometry fit;
  fit.scaled_width = upright ? resize.size : scaled_longer;
  fit.scaled_height = upright ? scaled_longer : resize.size;
  fit.left = centre_crop_corner(fit.scaled_width, width);
  fit.top = centre_crop_corner(fit.scaled_height, height);
  fit.scale_x = static_cast<double>(fit.scaled_width) / image_width;
  fit.scale_y = static_cast<double>(fit.scaled_height) / image_height;
  return fit;
}

}  // namespace

Result<FitGeometry> fit_geometry(int image_width, int image_height, int width, int height,
                                 const Resize& resize, std::string_view where) {
  if (resize.kind == ResizeKind::none && (image_width != width || image_height != height)) {
    return bad_input(fmt::format("is {} × {} pixels, but the network takes {} × {}", image_width,
                                 image_height, width, height),
                     std::string(where), "add \"resize\" to the model card");
  }
  if (auto error = check_sizes(image_width, image_height, width, height, where))
    return tl::unexpected(std::move(*error));
  switch (resize.kind) {
    case ResizeKind::letterbox:
      return letterbox(image_width, image_height, width, height, resize, where);
    case ResizeKind::short_side:
      return short_side(image_width, image_height, width, height, resize, where);
    case ResizeKind::none:
    case ResizeKind::stretch: break;
  }
  FitGeometry fit;
  fit.scaled_width = width;
  fit.scaled_height = height;
  fit.scale_x = static_cast<double>(width) / image_width;
  fit.scale_y = static_cast<double>(height) / image_height;
  return fit;
}

ShownWindow shown_window(const FitGeometry& fit, int width, int height) {
  ShownWindow shown;
  shown.left = static_cast<int>(std::max<std::int64_t>(fit.left, 0));
  shown.top = static_cast<int>(std::max<std::int64_t>(fit.top, 0));
  ScaledWindow& window = shown.window;
  window = {fit.scaled_width, fit.scaled_height, shown.left - fit.left, shown.top - fit.top, 0, 0};
  window.width =
      static_cast<int>(std::min<std::int64_t>(width - shown.left, fit.scaled_width - window.left));
  window.height =
      static_cast<int>(std::min<std::int64_t>(height - shown.top, fit.scaled_height - window.top));
  return shown;
}

std::uint8_t margin_level(const Resize& resize) {
  return static_cast<std::uint8_t>(
      std::lround(resize.kind == ResizeKind::letterbox ? resize.pad : 0.0));
}

}  // namespace plumbline

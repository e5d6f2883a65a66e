#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/data/image.h"
#include "core/data/scaled_window.h"

namespace plumbline {

enum class ResizeKind { none, stretch, letterbox, short_side };
enum class Interpolation { bilinear, bilinear_antialias };

/// What happens to a decoded image before the network's input has its size.
struct Resize {
  ResizeKind kind = ResizeKind::none;
  int size = 0;  ///< short-side: length of the shorter side before the centre crop
  Interpolation interpolation = Interpolation::bilinear;
  double pad = 114;                 ///< letterbox: grey level, 0 to 255
  std::string anchor = "top-left";  ///< letterbox: top-left or centre
  std::string rounding = "round";   ///< letterbox: of the scaled size; round or truncate
};

/// The longest side of a network's input, and of an image that is to be scaled.
inline constexpr int max_input_side = 16'384;
inline constexpr int max_scaled_side = 1 << 20;

/// Where the scaled image lies in the network's input.
struct FitGeometry {
  std::int64_t scaled_width = 0, scaled_height = 0;  ///< of the whole image, pixels of the input
  std::int64_t left = 0, top = 0;   ///< its corner in the input; negative where it is cropped
  double scale_x = 1, scale_y = 1;  ///< box in the image = (box in the input − corner) / scale
};

/// The geometry of `fit_image`.
/// `none`: the sizes must be equal. `stretch`: the whole image becomes the whole input.
/// `letterbox`: both sides times r = min(height / image height, width / image width), then rounded
/// (`round`: half to even) or truncated, one pixel at least; scale_x = scale_y = r, unrounded; the
/// rest is pad, at the right and the bottom (`top-left`) or on both sides (`centre`; an odd pixel
/// goes to the right and the bottom).
/// `short-side`: torchvision's Resize(size) and CenterCrop: the shorter side becomes `size`, the
/// longer one trunc(size · longer / shorter); the crop begins at half of what is too much, rounded
/// half to even; where the image is smaller than the crop, the rest is 0.
/// Errors: a size or a word of `resize` that is not allowed; both sizes where `none` does not fit.
Result<FitGeometry> fit_geometry(int image_width, int image_height, int width, int height,
                                 const Resize& resize, std::string_view where);

/// The part of the scaled image that an input of that size shows, and its corner in the input.
struct ShownWindow {
  ScaledWindow window;
  int left = 0, top = 0;
};
ShownWindow shown_window(const FitGeometry& fit, int width, int height);

/// The level of an input's pixels that show no image.
std::uint8_t margin_level(const Resize& resize);

/// Makes an image what a network's card asks for: channels (grey is repeated; colour becomes luma,
/// BT.601, rounded, before it is scaled), size and the way to it (card's `resize`). 8-bit values in
/// and out.
/// `bilinear` is OpenCV's 8-bit INTER_LINEAR to the bit, `bilinear-antialias` PIL's BILINEAR (up to
/// Pillow 12.x: resample_pil.h says where 13 differs).
/// Deterministic, thread-safe. Errors: those of `fit_geometry`; an image whose pixels do not fit
/// its size; ErrorKind::device where memory runs out.
Result<Image> fit_image(const Image& image, int channels, int width, int height,
                        const Resize& resize, std::string_view where);
/// The same into memory that is there: `input` has height × width × channels values.
Result<void> fit_image_into(const Image& image, int channels, int width, int height,
                            const Resize& resize, std::string_view where,
                            std::span<std::uint8_t> input);

}  // namespace plumbline

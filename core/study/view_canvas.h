#pragma once
#include <span>

#include "core/data/image.h"
#include "core/data/resize.h"
#include "core/study/model_card.h"
#include "core/types/view.h"

namespace plumbline {

/// What a network's input has to be before intensities: the part of a card that does not depend on
/// levels, and the geometric steps that are not left to the op.
struct Canvas {
  int channels = 3, height = 0, width = 0;
  Resize resize;
  View geometric;                ///< done while the image becomes the canvas
  std::array<double, 3> fill{};  ///< grey levels where the view looks outside of the image
  friend bool operator==(const Canvas& a, const Canvas& b);

  /// Whether it has 8-bit levels; a canvas that was sampled for its view has unrounded ones.
  bool eight_bit() const;
};

/// A view, divided: what the canvas does, and what is left to do on it.
struct CanvasAndRest {
  Canvas canvas;
  View rest;
};

/// Where the network takes images as they are, everything is left: the canvas is the image. Where
/// they are resized, a geometric view acts on the decoded image and is composed with the resize
/// into one resampling; only mirroring a stretched image is the same afterwards and left. Errors
/// (usage): a view that needs colour, for a grey network.
Result<CanvasAndRest> divide_view(const CardInput& input, const View& view);

/// How an image of some size lies on a canvas.
struct CanvasFit {
  views::Placement placement;   ///< the geometric view's: what is fitted is what it shows
  FitGeometry geometry;         ///< of its frame
  views::PixelRectangle valid;  ///< the part of the canvas that shows the image, where no level is
                                ///< sampled for the view
};
/// Errors: those of fit_geometry.
Result<CanvasFit> fit_on_canvas(const Canvas& canvas, views::FrameSize image,
                                std::string_view where);

/// An image on its canvas.
struct CanvasImage {
  Image pixels;                 ///< where the canvas has 8-bit levels
  views::Levels levels;         ///< else
  views::PixelRectangle valid;  ///< without padding and what the view looks at outside of the image
};

/// Deterministic, thread-safe. Errors: those of fit_image.
Result<CanvasImage> put_on_canvas(const Image& image, const Canvas& canvas, std::string_view where);
/// The same of a canvas of 8-bit levels, into memory that is there: height × width × channels.
/// Returns the rectangle that shows the image.
Result<views::PixelRectangle> put_on_canvas_into(const Image& image, const Canvas& canvas,
                                                 std::string_view where,
                                                 std::span<std::uint8_t> levels);

}  // namespace plumbline

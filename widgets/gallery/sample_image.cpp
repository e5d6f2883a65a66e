#include "widgets/gallery/sample_image.h"

namespace plumbline {

QImage to_qimage(const Image& image) {
  if (image.width <= 0 || image.height <= 0) return {};
  const auto format = image.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888;
  // The wrapper's memory is the vector's: converting copies it.
  return QImage(image.pixels.data(), image.width, image.height,
                static_cast<qsizetype>(image.width) * image.channels, format)
      .convertToFormat(QImage::Format_RGB32);
}

}  // namespace plumbline

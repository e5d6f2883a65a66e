#include "widgets/picture/sample_image.h"

namespace plumbline {

QImage to_qimage(const Image& image) {
  if (image.width <= 0 || image.height <= 0) return {};
  const auto format = image.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888;
  // The wrapper's memory is the vector's: converting copies it.
  return QImage(image.pixels.data(), image.width, image.height,
                static_cast<qsizetype>(image.width) * image.channels, format)
      .convertToFormat(QImage::Format_RGB32);
}

Image to_image(const QImage& image) {
  const QImage rgb = image.convertToFormat(QImage::Format_RGB888);
  Image result{rgb.width(), rgb.height(), 3, {}};
  const auto row_bytes = std::size_t{3} * static_cast<std::size_t>(rgb.width());
  result.pixels.reserve(row_bytes * static_cast<std::size_t>(rgb.height()));
  for (int y = 0; y < rgb.height(); ++y) {
    // Qt's rows are padded.
    const uchar* row = rgb.constScanLine(y);
    result.pixels.insert(result.pixels.end(), row, row + row_bytes);
  }
  return result;
}

}  // namespace plumbline

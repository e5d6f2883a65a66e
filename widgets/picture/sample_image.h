#pragma once
#include <QImage>

#include "core/data/image.h"

namespace plumbline {

/// The same pixels as a QImage of its own memory.
QImage to_qimage(const Image& image);

/// The same pixels as an RGB image of the core.
Image to_image(const QImage& image);

}  // namespace plumbline

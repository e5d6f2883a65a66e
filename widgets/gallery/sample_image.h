#pragma once
#include <QImage>

#include "core/data/image.h"

namespace plumbline {

/// The same pixels as a QImage of its own memory.
QImage to_qimage(const Image& image);

}  // namespace plumbline

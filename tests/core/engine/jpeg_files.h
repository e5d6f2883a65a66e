#pragma once
#include <cstddef>
#include <vector>

#include "core/data/image.h"

namespace plumbline::test {

/// What a JPEG of the tests is like.
struct JpegKind {
  int sampling_x = 2, sampling_y = 2;  ///< of luma against chroma
  bool progressive = false;
  bool grey = false;
  int orientation = 0;  ///< by EXIF; 0: none is said
  int quality = 90;
};

/// A picture of smooth parts and edges, other for every seed.
Image coloured_picture(int width, int height, unsigned seed);

/// Encoded by libjpeg, apart from our own writer.
std::vector<std::byte> jpeg_of(const Image& picture, const JpegKind& kind);

}  // namespace plumbline::test

#pragma once
#include <cstddef>
#include <cstdint>

/// The interface between plumbline_core and libplumbline_images.so, the one library that links
/// OpenCV. C types only: the two are linked apart.
extern "C" {

struct PlumblineDecodeRequest {
  const unsigned char* content;
  std::size_t size;
  std::int64_t max_pixels;
  /// Called once with the image's size; gives width × height × channels bytes or null.
  unsigned char* (*allocate)(void* context, int width, int height, int channels);
  void* context;
  char* message;  ///< filled where decoding fails
  std::size_t message_size;
  bool* sixteen_bit;  ///< set: values have 16 bits
  bool* transparent;  ///< set: there is alpha that is not opaque everywhere
};

/// Fills the memory that `allocate` gave with grey (1 channel) or RGB (3) and returns 0; otherwise
/// returns another number. Throws nothing.
using PlumblineDecode = int (*)(const PlumblineDecodeRequest* request);

#define PLUMBLINE_DECODE_SYMBOL "plumbline_decode_image_2"
int plumbline_decode_image_2(const PlumblineDecodeRequest* request);
}

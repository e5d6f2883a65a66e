#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace plumbline {

/// How much wider and higher luma is sampled than chroma.
struct JpegSampling {
  int x = 1, y = 1;
  friend bool operator==(const JpegSampling&, const JpegSampling&) = default;
};

/// A JPEG of the plainest kind, which every decoder reads alike but for rounding: baseline (SOF0),
/// 8 bits, three components that are YCbCr beyond doubt, one interleaved scan, chroma at full size
/// or halved along either axis.
struct PlainJpeg {
  int width = 0, height = 0;  ///< as it is stored; at most max_image_pixels together
  JpegSampling sampling;
  int orientation = 1;   ///< by EXIF, 1 to 8, as decode_image obeys it
  std::size_t size = 0;  ///< bytes from the beginning to the end of its end marker
};

/// What `content` is, where it is a plain JPEG and undamaged: the headers are read, and every code
/// of the scan is followed to the end marker, so that a decoder that does not notice damage is
/// given none. Nothing where anything is unusual, which is no error: decode_image then says what it
/// is. Takes no memory but some tables on the stack, and less than half of the time of decoding.
/// Thread-safe.
std::optional<PlainJpeg> find_plain_jpeg(std::span<const std::byte> content);

}  // namespace plumbline

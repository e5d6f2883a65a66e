#pragma once
#include <opencv2/core.hpp>

#include "core/data/image.h"
#include "test_files.h"

/// A picture with smooth parts, edges and noise, so that decoders can differ.
cv::Mat picture(int width, int height, int type, unsigned seed = 1);

struct JpegOptions {
  int quality = 90;
  int sampling_x = 2, sampling_y = 2;  ///< of luma against chroma
  bool progressive = false;
  int restart_interval = 0;
  int orientation = 0;  ///< an EXIF block where it is not 0
  bool big_endian_exif = false;
  bool inks = false;  ///< CMYK; the picture has four channels
};
/// Encodes by libjpeg; the picture is grey or BGR.
Bytes encode_jpeg(const cv::Mat& picture, const JpegOptions& options);

/// An EXIF block (from its TIFF header on) with a foreign entry before the orientation.
Bytes exif_block(int orientation, bool big_endian);

struct PngOptions {
  int colour_type = 0, bit_depth = 8;  ///< libpng's numbers
  bool interlaced = false;
  bool transparency = false;  ///< a tRNS chunk
  int orientation = 0;        ///< an eXIf chunk where it is not 0
};
/// Encodes by libpng, from the rows of `picture` as they are; a palette is a fixed one of 16
/// colours.
Bytes encode_png(const cv::Mat& picture, const PngOptions& options);

/// Encodes by OpenCV: ".bmp", ".tiff", ".webp", ".ppm", …
Bytes encode_other(const cv::Mat& picture, const std::string& suffix);

/// OpenCV's pixels as ours: blue-first to RGB, alpha dropped.
plumbline::Image as_image(const cv::Mat& picture);

/// "" where they are equal, else the first difference.
std::string difference(const plumbline::Image& a, const plumbline::Image& b);

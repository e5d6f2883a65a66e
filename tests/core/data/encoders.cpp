#include "encoders.h"

#include <png.h>
#include <cstdio>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <jpeglib.h>

cv::Mat picture(int width, int height, int type, unsigned seed) {
  cv::Mat image(height, width, CV_MAKETYPE(CV_8U, CV_MAT_CN(type)));
  std::mt19937 generator(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < image.channels(); ++c) {
        const int wave = (x * (3 + c) + y * (5 - c)) % 256;
        const int edge = (x / 5 + y / 7 + c) % 2 * 60;
        const int noise = static_cast<int>(generator() % 24);
        image.ptr(y)[x * image.channels() + c] =
            static_cast<std::uint8_t>((wave / 2 + edge + noise) % 256);
      }
    }
  }
  if (CV_MAT_DEPTH(type) == CV_8U) return image;
  cv::Mat wide;
  image.convertTo(wide, CV_16U, 257, -13);  // low bytes that matter
  return wide;
}

Bytes exif_block(int orientation, bool big_endian) {
  Bytes block;
  const auto add = [&](unsigned value, int count) {
    for (int i = 0; i < count; ++i) {
      const int shift = 8 * (big_endian ? count - 1 - i : i);
      block.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  };
  block.insert(block.end(), 2, big_endian ? 'M' : 'I');
  add(42, 2);
  add(8, 4);
  add(2, 2);
  add(0x0100, 2), add(4, 2), add(1, 4), add(640, 4);
  add(0x0112, 2), add(3, 2), add(1, 4), add(static_cast<unsigned>(orientation), 2), add(0, 2);
  add(0, 4);
  return block;
}

Bytes encode_jpeg(const cv::Mat& source, const JpegOptions& options) {
  cv::Mat image = source;
  if (source.channels() == 3) cv::cvtColor(source, image, cv::COLOR_BGR2RGB);
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<unsigned>(image.cols);
  info.image_height = static_cast<unsigned>(image.rows);
  info.input_components = image.channels();
  info.in_color_space = options.inks ? JCS_CMYK : image.channels() == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, options.quality, TRUE);
  if (image.channels() == 3) {
    info.comp_info[0].h_samp_factor = options.sampling_x;
    info.comp_info[0].v_samp_factor = options.sampling_y;
  }
  info.restart_interval = static_cast<unsigned>(options.restart_interval);
  if (options.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  if (options.orientation != 0) {
    Bytes marker = bytes_of({"Exif\0\0", 6});
    const Bytes block = exif_block(options.orientation, options.big_endian_exif);
    marker.insert(marker.end(), block.begin(), block.end());
    jpeg_write_marker(&info, JPEG_APP0 + 1, marker.data(), static_cast<unsigned>(marker.size()));
  }
  for (int y = 0; y < image.rows; ++y) {
    JSAMPROW row = image.ptr(y);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes bytes(memory, memory + size);
  std::free(memory);
  return bytes;
}

Bytes encode_png(const cv::Mat& image, const PngOptions& options) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  Bytes bytes;
  png_set_write_fn(
      png, &bytes,
      [](png_structp writer, png_bytep data, size_t count) {
        auto* target = static_cast<Bytes*>(png_get_io_ptr(writer));
        target->insert(target->end(), data, data + count);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<unsigned>(image.cols), static_cast<unsigned>(image.rows),
               options.bit_depth, options.colour_type,
               options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_color palette[16];
  png_byte alphas[16];
  for (int i = 0; i < 16; ++i) {
    palette[i] = {static_cast<png_byte>(i * 17), static_cast<png_byte>(255 - i * 9),
                  static_cast<png_byte>(i * i)};
    alphas[i] = static_cast<png_byte>(i * 16);
  }
  if (options.colour_type == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, palette, std::min(16, 1 << options.bit_depth));
  }
  if (options.transparency) {
    png_color_16 colour{};
    png_set_tRNS(png, info, alphas, std::min(16, 1 << options.bit_depth), &colour);
  }
  Bytes exif = exif_block(options.orientation, true);
  if (options.orientation != 0) {
    png_set_eXIf_1(png, info, static_cast<unsigned>(exif.size()), exif.data());
  }
  png_write_info(png, info);
  if (options.bit_depth == 16) png_set_swap(png);
  if (options.bit_depth < 8) png_set_packing(png);
  std::vector<png_bytep> rows;
  for (int y = 0; y < image.rows; ++y) rows.push_back(const_cast<png_bytep>(image.ptr(y)));
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

Bytes encode_other(const cv::Mat& image, const std::string& suffix) {
  Bytes bytes;
  cv::imencode(suffix, image, bytes);
  return bytes;
}

plumbline::Image as_image(const cv::Mat& image) {
  plumbline::Image result{image.cols, image.rows, image.channels() == 1 ? 1 : 3, {}};
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      const auto* pixel = image.ptr(y) + x * image.channels();
      for (int c = result.channels - 1; c >= 0; --c) result.pixels.push_back(pixel[c]);
    }
  }
  return result;
}

std::string difference(const plumbline::Image& a, const plumbline::Image& b) {
  const auto shape = [](const plumbline::Image& image) {
    return std::to_string(image.width) + "x" + std::to_string(image.height) + "x" +
           std::to_string(image.channels);
  };
  if (shape(a) != shape(b)) return shape(a) + " against " + shape(b);
  if (a.pixels.size() != b.pixels.size()) return "another number of values";
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    if (a.pixels[i] != b.pixels[i]) {
      return "value " + std::to_string(i) + ": " + std::to_string(a.pixels[i]) + " against " +
             std::to_string(b.pixels[i]);
    }
  }
  return "";
}

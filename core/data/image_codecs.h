#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "core/data/image.h"

/// The decoders behind decode_image. Each checks max_image_pixels before it takes memory and may
/// throw std::bad_alloc, which decode_image translates.
namespace plumbline {

Result<Image> decode_jpeg(std::span<const std::byte> content, const std::string& where,
                          int longest_side, std::vector<std::uint8_t> memory);
Result<Image> decode_png(std::span<const std::byte> content, const std::string& where);
Result<Image> decode_other(std::span<const std::byte> content, const std::string& where);

/// An error where `bytes` of a compressed file claim more pixels than they plausibly hold, so that
/// a few bytes take no gigabyte: beyond four million pixels a byte is asked for 16,384 of them
/// (deflate gives 1,032 bytes for one, which are 8,256 pixels where those have one bit each).
Result<void> check_image_content(std::int64_t width, std::int64_t height, std::size_t bytes,
                                 const std::string& where);
/// An error where width × height is nothing or more than max_image_pixels.
Result<void> check_image_size(std::int64_t width, std::int64_t height, const std::string& where);

}  // namespace plumbline

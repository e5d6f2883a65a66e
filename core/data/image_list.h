#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// Whether a file's name promises an image, so that other content is worth a word.
bool has_image_suffix(std::string_view name);
/// The same of a JPEG file.
bool has_jpeg_suffix(std::string_view name);

/// An image that somebody named.
struct NamedImage {
  std::string name;            ///< as it was named, or below the folder that was
  std::filesystem::path path;  ///< absolute
};

/// What is named, in that order: a file is itself, there or not; of a folder all files below it
/// whose names promise an image, ordered by the parts of their paths. Links to folders are not
/// followed. Errors: a folder that cannot be read; one without any image; more than 10,000,000.
Result<std::vector<NamedImage>> list_images(const std::vector<std::string>& named);

}  // namespace plumbline

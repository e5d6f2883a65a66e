#include "core/data/image_list.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_images = 10'000'000;

Result<std::vector<fs::path>> images_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code code;
  auto entry = fs::recursive_directory_iterator(folder, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone) || !has_image_suffix(entry->path().filename().string()))
      continue;
    found.push_back(entry->path().lexically_relative(folder));
    if (found.size() > most_images)
      return bad_input(fmt::format("has more than {} images", most_images), folder.string());
  }
  if (code) return bad_input("cannot be read: " + code.message(), folder.string());
  if (found.empty())
    return bad_input("has no image", folder.string(),
                     "images are recognised by their extensions: .jpg");
  std::ranges::sort(found);
  return found;
}

constexpr std::array<std::string_view, 4> jpeg_suffixes{".jpg", ".jpeg", ".jpe", ".jfif"};
constexpr std::array<std::string_view, 14> other_suffixes{".png",  ".bmp", ".dib",  ".webp", ".tif",
                                                          ".tiff", ".ppm", ".pgm",  ".pbm",  ".pnm",
                                                          ".jp2",  ".gif", ".avif", ".heic"};

bool ends_in(std::string_view name, std::span<const std::string_view> suffixes) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string suffix(name.substr(dot));
  for (char& c : suffix) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(suffixes, suffix) != suffixes.end();
}

}  // namespace

bool has_jpeg_suffix(std::string_view name) { return ends_in(name, jpeg_suffixes); }

bool has_image_suffix(std::string_view name) {
  return has_jpeg_suffix(name) || ends_in(name, other_suffixes);
}

Result<std::vector<NamedImage>> list_images(const std::vector<std::string>& named) {
  std::vector<NamedImage> images;
  for (const std::string& name : named) {
    std::error_code code;
    const fs::path path = fs::absolute(name, code).lexically_normal();
    if (code || name.empty()) return usage_error("no image is named", "--images");
    if (!fs::is_directory(path, code)) {
      images.push_back({name, path});
    } else {
      const auto below = images_below(path);
      TRY(below);
      for (const fs::path& file : *below)
        images.push_back({(fs::path(name) / file).string(), path / file});
    }
    if (images.size() > most_images)
      return usage_error(fmt::format("more than {} images are named", most_images), "--images");
  }
  return images;
}

}  // namespace plumbline

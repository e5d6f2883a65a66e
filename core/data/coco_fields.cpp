#include "core/data/coco_fields.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/types/number.h"

namespace plumbline {

namespace {

/// Above it a double no longer tells integers apart.
constexpr double largest_exact = 9007199254740992.0;

}  // namespace

std::optional<ReadId> read_id(const CocoValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return ReadId{{*number, ""}, false};
  if (const auto* number = std::get_if<double>(&value)) {
    if (*number == std::floor(*number) && std::abs(*number) <= largest_exact)
      return ReadId{{static_cast<std::int64_t>(*number), ""}, true};
    return ReadId{{0, shortest(*number)}, true};
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->empty()) return std::nullopt;
    if (const auto number = parse_integer(*text)) return ReadId{{*number, ""}, true};
    const auto number = parse_number(*text);
    if (number && *number == std::floor(*number) && std::abs(*number) <= largest_exact)
      return ReadId{{static_cast<std::int64_t>(*number), ""}, true};
    return ReadId{{0, *text}, true};
  }
  return std::nullopt;
}

std::optional<double> read_number(const CocoValue& value, bool& odd) {
  std::optional<double> number;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    number = parse_number(*text);
    odd = true;
  }
  return number && std::isfinite(*number) ? number : std::nullopt;
}

Result<PixelBox> read_box(const CocoEntry& entry, const std::string& file, OddEntries& odd) {
  if (!entry.has_box) return bad_input(entry_name(entry) + " has no bbox", file);
  if (entry.box.size() != 4)
    return bad_input(fmt::format("bbox of {} has {} values, not 4", entry_name(entry),
                                 entry.box.size() < 5 ? std::to_string(entry.box.size()) : "more"),
                     file, "[x, y, width, height]");
  std::array<double, 4> values{};
  bool written_as_text = false;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto number = read_number(entry.box[i], written_as_text);
    if (!number)
      return bad_input(
          fmt::format("bbox of {}: value {} is not a finite number", entry_name(entry), i), file);
    values[i] = *number;
  }
  if (written_as_text) odd.count("boxes written as strings; read as numbers", entry_name(entry));
  return PixelBox{values[0], values[1], values[2], values[3]};
}

Result<EntryId> read_reference(const CocoEntry& entry, const CocoValue& value, std::string_view key,
                               const std::string& file, OddEntries& odd) {
  const auto id = read_id(value);
  if (!id) return bad_input(fmt::format("{} has no {}", entry_name(entry), key), file);
  if (id->odd)
    odd.count(id->id.text.empty()
                  ? "ids of images or classes not written as integers; 3.0 and \"3\" are 3"
                  : "ids of images or classes that are not integers; kept as strings",
              entry_name(entry));
  return id->id;
}

namespace {

bool has_size(const BoxImage& image) { return image.width > 0 && image.height > 0; }

bool is_outside(const PixelBox& turned, const BoxImage& image) {
  return turned.x >= image.width || turned.y >= image.height || turned.right() <= 0 ||
         turned.bottom() <= 0;
}

}  // namespace

bool reaches_out(const PixelBox& box, const BoxImage& image) {
  constexpr double pixel = 1;
  const PixelBox turned = upright(box);
  return has_size(image) && !is_outside(turned, image) &&
         (turned.x < -pixel || turned.y < -pixel || turned.right() > image.width + pixel ||
          turned.bottom() > image.height + pixel);
}

void count_odd_box(const PixelBox& box, const BoxImage& image, const std::string& where,
                   OddEntries& odd) {
  if (box.width < 0 || box.height < 0)
    odd.count(
        "boxes of negative size; pycocotools' figures take them as they are, all others swap their "
        "corners",
        where);
  else if (box.width == 0 || box.height == 0)
    odd.count("boxes without an area; kept, though nothing can overlap them", where);
  if (has_size(image) && is_outside(upright(box), image))
    odd.count("boxes wholly outside their image; kept as they are", where);
}

}  // namespace plumbline

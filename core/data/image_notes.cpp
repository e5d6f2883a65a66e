#include "core/data/image_notes.h"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// A kind of loss: which images have it, and what is said of the first of them.
struct Loss {
  bool (*has)(const ImageNote& note);
  std::string (*text)(const ImageNote& first);
};

constexpr std::array losses = {
    Loss{[](const ImageNote& note) { return note.one_colour && note.transparent; },
         [](const ImageNote&) {
           return std::string(
               "becomes one single colour, since its transparency is dropped: no network can see "
               "what it shows; put it on a background first");
         }},
    Loss{[](const ImageNote& note) { return note.one_colour && !note.transparent; },
         [](const ImageNote&) { return std::string("is of one single colour"); }},
    Loss{[](const ImageNote& note) { return note.transparent && !note.one_colour; },
         [](const ImageNote&) {
           return std::string("has transparency, which is dropped: the colours below it are seen");
         }},
    Loss{[](const ImageNote& note) { return note.dark_bits > 0; },
         [](const ImageNote& first) {
           return fmt::format(
               "has no value above {} of 65535 ({} bits in 16), so its 8 bits hold only {} levels: "
               "scale the values to the full range first",
               (1 << first.dark_bits) - 1, first.dark_bits, 1 << std::max(0, first.dark_bits - 8));
         }},
    Loss{[](const ImageNote& note) { return note.frames > 1; },
         [](const ImageNote& first) {
           return fmt::format("has {} frames or pages, of which the first is read", first.frames);
         }},
    Loss{[](const ImageNote& note) { return note.without_end; },
         [](const ImageNote&) {
           return std::string("lacks a JPEG's end marker; its pixels are complete");
         }},
};

bool has_one_colour(const Image& image) {
  const auto channels = static_cast<std::ptrdiff_t>(image.channels);
  // Each pixel equals the one before it.
  return std::equal(image.pixels.begin() + channels, image.pixels.end(), image.pixels.begin());
}

}  // namespace

ImageNote note_of(const Image& image) {
  constexpr int most_dark_bits = 14;
  ImageNote note;
  note.one_colour =
      image.pixels.size() > static_cast<std::size_t>(image.channels) && has_one_colour(image);
  note.transparent = image.facts.transparent;
  note.without_end = image.facts.without_end;
  note.frames = image.facts.frames;
  if (image.facts.sixteen_bit) {
    const unsigned highest = *std::ranges::max_element(image.pixels);
    const int bits = 8 + std::bit_width(highest);
    if (bits <= most_dark_bits) note.dark_bits = static_cast<std::uint8_t>(bits);
  }
  return note;
}

std::vector<ScanWarning> warnings_of(const std::vector<ImageNote>& notes,
                                     const std::vector<std::string_view>& names) {
  constexpr std::size_t most_named = 3;
  std::vector<ScanWarning> warnings;
  for (const Loss& loss : losses) {
    std::size_t count = 0, first = 0;
    std::string others;
    for (std::size_t i = 0; i < notes.size(); ++i) {
      if (!loss.has(notes[i])) continue;
      if (count == 0)
        first = i;
      else if (count < most_named)
        others += fmt::format("{}{}", others.empty() ? "" : ", ", names[i]);
      ++count;
    }
    if (count == 0) continue;
    std::string text = loss.text(notes[first]);
    if (count > 1)
      text += fmt::format("; {} images in all: also {}{}", count, others,
                          count > most_named ? ", …" : "");
    warnings.push_back({std::string(names[first]), std::move(text)});
  }
  return warnings;
}

bool is_system_folder(std::string_view name) {
  // Archives of macOS; Synology's and QNAP's indices and bins; ext4; Windows; Python.
  constexpr std::array<std::string_view, 11> folders = {
      "__macosx",   "@eadir",     "@tmp",         "#recycle", "#snapshot",
      "@recycle",   "lost+found", "$recycle.bin", "recycler", "system volume information",
      "__pycache__"};
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(folders, lower) != folders.end();
}

}  // namespace plumbline

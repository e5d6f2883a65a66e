#pragma once
#include <optional>

#include "core/data/box_dataset.h"
#include "core/data/coco_entries.h"
#include "core/data/odd_entries.h"

namespace plumbline {

/// An id as a value says it, or nothing where it says none. `odd`: it was not written as an
/// integer.
struct ReadId {
  EntryId id;
  bool odd = false;
};
std::optional<ReadId> read_id(const CocoValue& value);

/// A finite number, also where it is written as a text (`odd` is set then); nothing otherwise.
std::optional<double> read_number(const CocoValue& value, bool& odd);

/// The box of an entry, or what is wrong with it.
Result<PixelBox> read_box(const CocoEntry& entry, const std::string& file, OddEntries& odd);

/// The entry's id of an image or a class, which it has to have.
Result<EntryId> read_reference(const CocoEntry& entry, const CocoValue& value, std::string_view key,
                               const std::string& file, OddEntries& odd);

/// Whether a box lies partly, but not wholly, outside of its image, by more than a pixel: COCO's
/// own coordinates are rounded.
bool reaches_out(const PixelBox& box, const BoxImage& image);

/// Counts boxes that are reversed, empty or wholly outside.
void count_odd_box(const PixelBox& box, const BoxImage& image, const std::string& where,
                   OddEntries& odd);

}  // namespace plumbline

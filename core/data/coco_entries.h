#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// A value as JSON writes it: nothing (null or absent), a number, or a text.
using CocoValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// One entry of a list of COCO's: the keys that anybody asks for; others are passed over.
struct CocoEntry {
  std::string_view list;  ///< "images", "annotations", "categories"; empty where the file is a list
  std::int64_t index = 0;  ///< of the entry in its list
  CocoValue id, image_id, category_id, area, crowd, ignore, score, width, height;
  std::string name, file_name;
  bool has_box = false;
  std::vector<CocoValue> box;  ///< as many values as there are, 5 at most
  std::string segmentation;    ///< as JSON, where it is wanted
  double share = 0;            ///< of the file that was read when the entry ended
};

struct CocoStream {
  bool segmentation = false;  ///< whether entries have theirs
  /// Takes each entry; an error ends the reading.
  std::function<Result<void>(const CocoEntry&)> take;
  /// Bytes read of all, now and then; false cancels. May be empty.
  std::function<bool(std::int64_t done, std::int64_t total)> progress;
};

/// Reads a JSON file whose root is a list of entries, or an object with such lists, entry by entry:
/// by nlohmann's SAX parser, since it reads a stream (a tree or an index of a file of 2 GB would be
/// several times as large) and calls nothing by recursion, so that no depth does harm.
/// Errors name the file and the entry: no JSON, cut off, another root.
Result<void> stream_coco(const std::filesystem::path& file, const CocoStream& stream);

/// "annotations[17]", counted from 0 as the file's readers in Python do.
std::string entry_name(const CocoEntry& entry);

}  // namespace plumbline

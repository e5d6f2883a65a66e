#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/review/review_table.h"
#include "core/study/study_remarks.h"
#include "core/types/error.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// Tags and notes of the items of a split.
struct ItemRemarks {
  std::map<std::string, std::set<ItemRef>> tags;  ///< none of them without an item
  std::map<ItemRef, std::string> notes;           ///< none of them empty

  bool has_tag(const std::string& tag, ItemRef item) const;
  std::vector<std::string> tags_of(ItemRef item) const;  ///< by name
  std::string note_of(ItemRef item) const;               ///< empty: none
  /// Those of the items whose tag is not as it is to be.
  std::vector<ItemRef> to_change(const std::string& tag, std::span<const ItemRef> items,
                                 bool on) const;

  void set_tag(const std::string& tag, std::span<const ItemRef> items, bool on);
  void set_note(ItemRef item, const std::string& text);  ///< an empty text removes it
};

/// What is asked of an item's tags and notes.
struct RemarkFilter {
  enum class Kind { any, tagged, untagged, noted, tag };
  Kind kind = Kind::any;
  std::string tag;  ///< where kind is `tag`
};

/// Per row 1 where its item passes; empty where nothing is asked.
std::vector<std::uint8_t> passing_rows(const ReviewTable& table, const ItemRemarks& remarks,
                                       const RemarkFilter& filter);

/// A study's remarks on one split.
Result<ItemRemarks> read_remarks(const StudyRemarks& study, std::int64_t dataset,
                                 const std::string& split);

}  // namespace plumbline

#include "core/review/item_remarks.h"

#include <algorithm>
#include <iterator>

namespace plumbline {

bool ItemRemarks::has_tag(const std::string& tag, ItemRef item) const {
  const auto found = tags.find(tag);
  return found != tags.end() && found->second.contains(item);
}

std::vector<std::string> ItemRemarks::tags_of(ItemRef item) const {
  std::vector<std::string> names;
  for (const auto& [tag, items] : tags)
    if (items.contains(item)) names.push_back(tag);
  return names;
}

std::string ItemRemarks::note_of(ItemRef item) const {
  const auto found = notes.find(item);
  return found == notes.end() ? std::string() : found->second;
}

std::vector<ItemRef> ItemRemarks::to_change(const std::string& tag, std::span<const ItemRef> items,
                                            bool on) const {
  std::vector<ItemRef> others;
  std::ranges::copy_if(items, std::back_inserter(others),
                       [&](ItemRef item) { return has_tag(tag, item) != on; });
  return others;
}

void ItemRemarks::set_tag(const std::string& tag, std::span<const ItemRef> items, bool on) {
  auto& tagged = tags[tag];
  for (const ItemRef item : items) {
    if (on)
      tagged.insert(item);
    else
      tagged.erase(item);
  }
  if (tagged.empty()) tags.erase(tag);
}

void ItemRemarks::set_note(ItemRef item, const std::string& text) {
  if (text.empty())
    notes.erase(item);
  else
    notes[item] = text;
}

std::vector<std::uint8_t> passing_rows(const ReviewTable& table, const ItemRemarks& remarks,
                                       const RemarkFilter& filter) {
  using Kind = RemarkFilter::Kind;
  if (filter.kind == Kind::any) return {};
  std::vector<std::uint8_t> rows(table.rows, filter.kind == Kind::untagged);
  const auto put = [&](ItemRef item, std::uint8_t value) {
    if (const auto row = table.row_of(item)) rows[*row] = value;
  };
  if (filter.kind == Kind::noted) {
    for (const auto& [item, text] : remarks.notes) put(item, 1);
    return rows;
  }
  for (const auto& [tag, items] : remarks.tags)
    if (filter.kind != Kind::tag || tag == filter.tag)
      for (const ItemRef item : items) put(item, filter.kind != Kind::untagged);
  return rows;
}

Result<ItemRemarks> read_remarks(const StudyRemarks& study, std::int64_t dataset,
                                 const std::string& split) {
  auto stored = study.remarks(dataset, split);
  TRY(stored);
  ItemRemarks remarks;
  for (const auto& [tag, items] : stored->tags)
    remarks.tags[tag] = std::set<ItemRef>(items.begin(), items.end());
  remarks.notes = std::move(stored->notes);
  return remarks;
}

}  // namespace plumbline

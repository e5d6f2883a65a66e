#include "core/review/item_remarks.h"

#include <algorithm>
#include <iterator>

namespace plumbline {

namespace {

Result<std::vector<std::uint32_t>> samples_of(std::span<const ItemRef> items) {
  std::vector<std::uint32_t> samples;
  samples.reserve(items.size());
  for (const ItemRef item : items) {
    if (!item.is_whole()) return usage_error("the study keeps tags and notes of whole images only");
    samples.push_back(item.sample());
  }
  return samples;
}

}  // namespace

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

Result<ItemRemarks> read_remarks(const Study& study, std::int64_t dataset,
                                 const std::string& split) {
  const auto stored = study.remarks(dataset, split);
  TRY(stored);
  ItemRemarks remarks;
  for (const auto& [tag, samples] : stored->tags) {
    auto& items = remarks.tags[tag];
    for (const std::uint32_t sample : samples) items.emplace_hint(items.end(), sample);
  }
  for (const auto& [sample, text] : stored->notes) remarks.notes.emplace(sample, text);
  return remarks;
}

Result<void> write_tag(Study& study, std::int64_t dataset, const std::string& split,
                       const std::string& tag, std::span<const ItemRef> items, bool on) {
  const auto samples = samples_of(items);
  TRY(samples);
  return study.set_tag(dataset, split, tag, *samples, on);
}

Result<void> write_note(Study& study, std::int64_t dataset, const std::string& split, ItemRef item,
                        const std::string& text) {
  const auto samples = samples_of({&item, 1});
  TRY(samples);
  return study.set_note(dataset, split, samples->front(), text);
}

}  // namespace plumbline

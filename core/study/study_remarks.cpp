#include "core/study/study_remarks.h"

#include <limits>

#include <fmt/format.h>

#include "core/study/study_connection.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_tag = 64, longest_note = std::size_t{64} << 10;

/// What stands for "the whole sample" in a column of objects.
constexpr std::int64_t whole_sample = -1;

/// A study of the first version that may not be written has no such tables.
bool has_remarks(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt() > 1;
}

std::int64_t object_column(ItemRef item) {
  const auto object = item.object();
  return object ? std::int64_t{*object} : whole_sample;
}

Result<ItemRef> read_item(std::int64_t position, std::int64_t object) {
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  if (position < 0 || position > most || object < whole_sample || object >= most)
    return bad_input(
        fmt::format("a tag or note belongs to object {} of sample {}, which cannot exist", object,
                    position),
        "study.sqlite", "restore it from a copy");
  const auto sample = static_cast<std::uint32_t>(position);
  return object == whole_sample ? ItemRef(sample)
                                : ItemRef(sample, static_cast<std::uint32_t>(object));
}

Result<void> check_items(SQLite::Database& database, std::int64_t split,
                         std::span<const ItemRef> items) {
  SQLite::Statement count(database, "SELECT samples FROM split WHERE id = ?");
  count.bind(1, split);
  count.executeStep();
  const auto all = count.getColumn(0).getInt64();
  for (const ItemRef item : items)
    if (item.sample() >= all)
      return usage_error(
          fmt::format("the split has {} samples, but no sample {}", all, item.sample()));
  return {};
}

}  // namespace

Result<StoredRemarks> StudyRemarks::remarks(std::int64_t dataset, const std::string& split) const {
  return state_->read([&]() -> Result<StoredRemarks> {
    auto& database = state_->database;
    StoredRemarks remarks;
    if (!has_remarks(database)) return remarks;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    SQLite::Statement tags(database,
                           "SELECT t.name, i.position, i.object FROM item_tag i JOIN tag t ON "
                           "t.id = i.tag WHERE i.split = ? ORDER BY t.name, i.position, i.object");
    tags.bind(1, *id);
    while (tags.executeStep()) {
      const auto item = read_item(tags.getColumn(1).getInt64(), tags.getColumn(2).getInt64());
      TRY(item);
      remarks.tags[tags.getColumn(0).getString()].push_back(*item);
    }
    SQLite::Statement notes(database,
                            "SELECT position, object, text FROM item_note WHERE split = ?");
    notes.bind(1, *id);
    while (notes.executeStep()) {
      const auto item = read_item(notes.getColumn(0).getInt64(), notes.getColumn(1).getInt64());
      TRY(item);
      remarks.notes.emplace(*item, notes.getColumn(2).getString());
    }
    return remarks;
  });
}

Result<void> StudyRemarks::set_tag(std::int64_t dataset, const std::string& split,
                                   const std::string& tag, std::span<const ItemRef> items,
                                   bool on) {
  const std::string name(trimmed(tag));
  if (name.empty() || name.size() > longest_tag)
    return usage_error(fmt::format("a tag must have 1 to {} bytes", longest_tag),
                       name.substr(0, 80));
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    TRY(check_items(database, *id, items));
    SQLite::Statement add_tag(database, "INSERT OR IGNORE INTO tag(name) VALUES(?)");
    add_tag.bind(1, name);
    add_tag.exec();
    SQLite::Statement change(
        database, on ? "INSERT OR IGNORE INTO item_tag(split, tag, position, object) "
                       "SELECT ?1, id, ?2, ?3 FROM tag WHERE name = ?4"
                     : "DELETE FROM item_tag WHERE split = ?1 AND position = ?2 AND object = ?3 "
                       "AND tag = (SELECT id FROM tag WHERE name = ?4)");
    for (const ItemRef item : items) {
      change.bind(1, *id);
      change.bind(2, item.sample());
      change.bind(3, object_column(item));
      change.bind(4, name);
      change.exec();
      change.reset();
    }
    database.exec("DELETE FROM tag WHERE id NOT IN (SELECT tag FROM item_tag)");
    return {};
  });
}

Result<void> StudyRemarks::set_note(std::int64_t dataset, const std::string& split, ItemRef item,
                                    const std::string& text) {
  if (text.size() > longest_note)
    return usage_error(fmt::format("a note can have at most {} bytes", longest_note));
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    TRY(check_items(database, *id, {&item, 1}));
    SQLite::Statement change(
        database,
        text.empty()
            ? "DELETE FROM item_note WHERE split = ? AND position = ? AND object = ?"
            : "INSERT OR REPLACE INTO item_note(split, position, object, text) VALUES(?, ?, ?, ?)");
    change.bind(1, *id);
    change.bind(2, item.sample());
    change.bind(3, object_column(item));
    if (!text.empty()) change.bind(4, text);
    change.exec();
    return {};
  });
}

}  // namespace plumbline

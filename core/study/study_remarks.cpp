#include <fmt/format.h>

#include "core/study/study_connection.h"
#include "core/study/study_remarks.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_tag = 64, longest_note = std::size_t{64} << 10;

/// A study of an earlier version that may not be written has no such tables.
bool has_remarks(SQLite::Database& database) { return database.tableExists("sample_tag"); }

Result<void> check_samples(SQLite::Database& database, std::int64_t split,
                           std::span<const std::uint32_t> samples) {
  SQLite::Statement count(database, "SELECT samples FROM split WHERE id = ?");
  count.bind(1, split);
  count.executeStep();
  const auto all = count.getColumn(0).getInt64();
  for (const std::uint32_t sample : samples)
    if (sample >= all)
      return usage_error(fmt::format("the split has {} samples, no sample {}", all, sample));
  return {};
}

}  // namespace

Result<SampleRemarks> StudyRemarks::remarks(std::int64_t dataset, const std::string& split) const {
  return state_->read([&]() -> Result<SampleRemarks> {
    auto& database = state_->database;
    SampleRemarks remarks;
    if (!has_remarks(database)) return remarks;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    SQLite::Statement tags(database,
                           "SELECT t.name, s.position FROM sample_tag s JOIN tag t ON t.id = s.tag "
                           "WHERE s.split = ? ORDER BY t.name, s.position");
    tags.bind(1, *id);
    while (tags.executeStep())
      remarks.tags[tags.getColumn(0).getString()].push_back(tags.getColumn(1).getUInt());
    SQLite::Statement notes(database, "SELECT position, text FROM note WHERE split = ?");
    notes.bind(1, *id);
    while (notes.executeStep())
      remarks.notes.emplace(notes.getColumn(0).getUInt(), notes.getColumn(1).getString());
    return remarks;
  });
}

Result<void> StudyRemarks::set_tag(std::int64_t dataset, const std::string& split,
                                   const std::string& tag, std::span<const std::uint32_t> samples,
                                   bool on) {
  const std::string name(trimmed(tag));
  if (name.empty() || name.size() > longest_tag)
    return usage_error(fmt::format("a tag has 1 to {} bytes", longest_tag), name.substr(0, 80));
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    if (auto checked = check_samples(database, *id, samples); !checked) return checked;
    SQLite::Statement add_tag(database, "INSERT OR IGNORE INTO tag(name) VALUES(?)");
    add_tag.bind(1, name);
    add_tag.exec();
    SQLite::Statement change(database,
                             on ? "INSERT OR IGNORE INTO sample_tag(split, tag, position) "
                                  "SELECT ?, id, ? FROM tag WHERE name = ?"
                                : "DELETE FROM sample_tag WHERE split = ? AND position = ? AND "
                                  "tag = (SELECT id FROM tag WHERE name = ?)");
    for (const std::uint32_t sample : samples) {
      change.bind(1, *id);
      change.bind(2, sample);
      change.bind(3, name);
      change.exec();
      change.reset();
    }
    database.exec("DELETE FROM tag WHERE id NOT IN (SELECT tag FROM sample_tag)");
    return {};
  });
}

Result<void> StudyRemarks::set_note(std::int64_t dataset, const std::string& split,
                                    std::uint32_t sample, const std::string& text) {
  if (text.size() > longest_note)
    return usage_error(fmt::format("a note has at most {} bytes", longest_note));
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    if (auto checked = check_samples(database, *id, {&sample, 1}); !checked) return checked;
    SQLite::Statement change(database, text.empty()
                                           ? "DELETE FROM note WHERE split = ? AND position = ?"
                                           : "INSERT OR REPLACE INTO note(split, position, text) "
                                             "VALUES(?, ?, ?)");
    change.bind(1, *id);
    change.bind(2, sample);
    if (!text.empty()) change.bind(3, text);
    change.exec();
    return {};
  });
}

}  // namespace plumbline

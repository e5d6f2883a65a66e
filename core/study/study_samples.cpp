#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include <sqlite3.h>

#include "core/study/study_connection.h"
#include "core/study/study_data.h"

namespace plumbline {

std::int64_t StudyConnection::possible_samples(std::int64_t claimed) const {
  // A row of the table of samples takes some bytes.
  const std::int64_t bytes = database.execAndGet("PRAGMA page_count").getInt64() *
                             database.execAndGet("PRAGMA page_size").getInt64();
  if (claimed < 0 || claimed > bytes)
    throw SQLite::Exception("a split claims " + std::to_string(claimed) + " samples",
                            SQLITE_CORRUPT);
  return claimed;
}

std::vector<ClassIndex> StudyConnection::read_labels(std::int64_t split) const {
  SQLite::Statement read(database,
                         "SELECT s.samples, t.labels FROM split s LEFT JOIN class_truth t "
                         "ON t.split = s.id WHERE s.id = ?");
  read.bind(1, split);
  read.executeStep();
  const auto samples = static_cast<std::size_t>(possible_samples(read.getColumn(0).getInt64()));
  std::vector<ClassIndex> labels(samples, no_class);
  const SQLite::Column blob = read.getColumn(1);
  const std::size_t bytes =
      std::min(samples * sizeof(ClassIndex), static_cast<std::size_t>(blob.getBytes()));
  if (bytes > 0) std::memcpy(labels.data(), blob.getBlob(), bytes);
  return labels;
}

void StudyConnection::write_labels(std::int64_t split, const std::vector<ClassIndex>& labels) {
  SQLite::Statement insert(database,
                           "INSERT OR REPLACE INTO class_truth(split, labels) VALUES(?, ?)");
  insert.bind(1, split);
  // A null pointer would be bound as NULL, also for an empty blob.
  static constexpr ClassIndex nothing = 0;
  insert.bind(2, labels.empty() ? &nothing : labels.data(),
              static_cast<int>(labels.size() * sizeof(ClassIndex)));
  insert.exec();
}

Result<std::int64_t> StudyData::sample_count(std::int64_t dataset, const std::string& split) const {
  return state_->read([&]() -> Result<std::int64_t> {
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    SQLite::Statement count(state_->database, "SELECT samples FROM split WHERE id = ?");
    count.bind(1, *id);
    count.executeStep();
    return state_->possible_samples(count.getColumn(0).getInt64());
  });
}

Result<std::vector<ClassIndex>> StudyData::labels(std::int64_t dataset,
                                                  const std::string& split) const {
  return state_->read([&]() -> Result<std::vector<ClassIndex>> {
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    return state_->read_labels(*id);
  });
}

const std::vector<ClassIndex>& StudyConnection::labels_of(std::int64_t split) const {
  // Changes when another connection has written; what this one writes is counted by itself.
  const std::int64_t version = database.execAndGet("PRAGMA data_version").getInt64();
  const int changes = database.getTotalChanges();
  if (last_labels.split != split || last_labels.version != version ||
      last_labels.changes != changes) {
    last_labels = {split, version, changes, read_labels(split)};
  }
  return last_labels.values;
}

Result<void> StudyData::names(std::int64_t dataset, const std::string& split,
                              const std::function<void(std::string_view)>& take) const {
  return state_->read([&]() -> Result<void> {
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    SQLite::Statement rows(state_->database,
                           "SELECT name FROM sample WHERE split = ? ORDER BY position");
    rows.bind(1, *id);
    while (rows.executeStep()) {
      const SQLite::Column name = rows.getColumn(0);
      take({name.getText(), static_cast<std::size_t>(name.getBytes())});
    }
    return {};
  });
}

Result<std::vector<SampleInfo>> StudyData::samples(std::int64_t dataset, const std::string& split,
                                                   std::int64_t first, std::int64_t count) const {
  return state_->read([&]() -> Result<std::vector<SampleInfo>> {
    auto& database = state_->database;
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    std::map<std::int64_t, int> sources;  // row id to the reader's index
    SQLite::Statement source_rows(database, "SELECT id FROM source WHERE dataset = ? ORDER BY id");
    source_rows.bind(1, dataset);
    while (source_rows.executeStep())
      sources.emplace(source_rows.getColumn(0).getInt64(), static_cast<int>(sources.size()));
    const auto& all_labels = state_->labels_of(*id);
    const auto end = static_cast<std::int64_t>(all_labels.size());
    const auto begin = std::clamp<std::int64_t>(first, 0, end);
    const auto labels =
        std::span(all_labels)
            .subspan(static_cast<std::size_t>(begin),
                     static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, end - begin)));

    std::vector<SampleInfo> samples;
    samples.reserve(labels.size());
    SQLite::Statement rows(
        database,
        "SELECT source, record, name, hash FROM sample WHERE split = ? AND position "
        "BETWEEN ? AND ? ORDER BY position");
    rows.bind(1, *id);
    rows.bind(2, first);
    rows.bind(3, first + count - 1);
    while (rows.executeStep() && samples.size() < labels.size()) {
      SampleInfo sample;
      sample.name = rows.getColumn(2).getString();
      sample.label = labels[samples.size()];
      const auto source = sources.find(rows.getColumn(0).getInt64());
      sample.locator = {source == sources.end() ? -1 : source->second, rows.getColumn(1).getInt64(),
                        sample.name, rows.getColumn(3).getString()};
      samples.push_back(std::move(sample));
    }
    return samples;
  });
}

Result<SampleReader> StudyData::reader(std::int64_t dataset) const {
  return state_->read([&]() -> Result<SampleReader> {
    SQLite::Statement format(state_->database, "SELECT format FROM dataset WHERE id = ?");
    format.bind(1, dataset);
    if (!format.executeStep())
      return bad_input("there is no such data set", state_->folder.string());
    const auto parsed = parse_dataset_format(format.getColumn(0).getString());
    TRY(parsed);
    std::vector<DataSource> sources;
    SQLite::Statement rows(state_->database,
                           "SELECT path, size, hash FROM source WHERE dataset = ? ORDER BY id");
    rows.bind(1, dataset);
    while (rows.executeStep())
      sources.push_back({rows.getColumn(0).getString(),
                         static_cast<std::uint64_t>(rows.getColumn(1).getInt64()),
                         rows.getColumn(2).getString()});
    return SampleReader(*parsed, std::move(sources));
  });
}

}  // namespace plumbline

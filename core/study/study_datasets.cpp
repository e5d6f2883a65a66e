#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/study_boxes.h"
#include "core/study/study_connection.h"
#include "core/study/study_data.h"
#include "core/types/plain_name.h"

namespace plumbline {

namespace {

/// The id of a source of the data set, added if it is new.
std::int64_t source_id(SQLite::Database& database, std::int64_t dataset, const DataSource& source) {
  SQLite::Statement find(database, "SELECT id FROM source WHERE dataset = ? AND path = ?");
  find.bind(1, dataset);
  find.bind(2, source.path.string());
  if (find.executeStep()) return find.getColumn(0).getInt64();
  SQLite::Statement insert(database,
                           "INSERT INTO source(dataset, path, size, hash) VALUES(?, ?, ?, ?)");
  insert.bind(1, dataset);
  insert.bind(2, source.path.string());
  insert.bind(3, static_cast<std::int64_t>(source.size));
  insert.bind(4, source.hash);
  insert.exec();
  return database.getLastInsertRowid();
}

/// Whether a split holds just these samples, in this order.
bool same_samples(SQLite::Database& database, std::int64_t split, const DatasetScan& scan) {
  SQLite::Statement rows(database,
                         "SELECT s.record, s.name, s.hash, o.path, o.hash FROM sample s "
                         "JOIN source o ON o.id = s.source WHERE s.split = ? ORDER BY s.position");
  rows.bind(1, split);
  std::size_t i = 0;
  for (; rows.executeStep(); ++i) {
    if (i >= scan.samples.size()) return false;
    const ScannedSample& sample = scan.samples[i];
    const DataSource& source = scan.sources[static_cast<std::size_t>(sample.source)];
    if (rows.getColumn(0).getInt64() != sample.record ||
        rows.getColumn(1).getString() != sample.name ||
        rows.getColumn(2).getString() != sample.hash ||
        rows.getColumn(3).getString() != source.path.string() ||
        rows.getColumn(4).getString() != source.hash)
      return false;
  }
  return i == scan.samples.size();
}

void insert_classes(SQLite::Database& database, std::int64_t dataset,
                    std::span<const std::string> names) {
  SQLite::Statement insert(database,
                           "INSERT OR REPLACE INTO class(dataset, position, name) VALUES(?, ?, ?)");
  for (std::size_t i = 0; i < names.size(); ++i) {
    insert.bind(1, dataset);
    insert.bind(2, static_cast<std::int64_t>(i));
    insert.bind(3, names[i]);
    insert.exec();
    insert.reset();
  }
}

std::vector<ClassIndex> scanned_labels(const DatasetScan& scan) {
  std::vector<ClassIndex> labels(scan.samples.size());
  std::ranges::transform(scan.samples, labels.begin(), &ScannedSample::label);
  return labels;
}

/// The data set's class of each of the scan's, by name; names that are new are appended to `names`.
/// Another split of an image folder may lack some classes or have further ones.
std::vector<std::int32_t> places_of_classes(const DatasetScan& scan,
                                            std::vector<std::string>& names) {
  std::vector<std::int32_t> place(scan.classes.size());
  // IDX has no names, so that a name stands for its index there, also after names were adopted.
  const bool by_index = !format_info(scan.format).classes_named;
  for (std::size_t i = 0; i < scan.classes.size(); ++i) {
    auto found = std::ranges::find(names, scan.classes[i]);
    if (by_index && i < names.size()) found = names.begin() + static_cast<std::ptrdiff_t>(i);
    if (found == names.end()) found = names.insert(names.end(), scan.classes[i]);
    place[i] = static_cast<std::int32_t>(found - names.begin());
  }
  return place;
}

std::vector<ClassIndex> placed_labels(const DatasetScan& scan,
                                      std::span<const std::int32_t> place) {
  auto labels = scanned_labels(scan);
  for (ClassIndex& label : labels)
    if (label != no_class) label = static_cast<ClassIndex>(place[label]);
  return labels;
}

/// Whether a split holds just this scan.
Result<bool> same_truth(SQLite::Database& database, std::int64_t split, const DatasetScan& scan,
                        std::span<const std::int32_t> place) {
  if (!same_samples(database, split, scan)) return false;
  if (scan.boxes == nullptr) return true;
  return same_boxes(database, split, *scan.boxes, place);
}

}  // namespace

Result<std::vector<DatasetInfo>> StudyData::datasets() const {
  return state_->read([&]() -> Result<std::vector<DatasetInfo>> {
    std::vector<DatasetInfo> datasets;
    SQLite::Statement rows(state_->database, "SELECT id, name, format FROM dataset ORDER BY id");
    while (rows.executeStep()) {
      DatasetInfo dataset;
      dataset.id = rows.getColumn(0).getInt64();
      dataset.name = rows.getColumn(1).getString();
      const auto format = parse_dataset_format(rows.getColumn(2).getString());
      TRY(format);
      dataset.format = *format;
      SQLite::Statement classes(state_->database,
                                "SELECT name FROM class WHERE dataset = ? ORDER BY position");
      classes.bind(1, dataset.id);
      while (classes.executeStep()) dataset.classes.push_back(classes.getColumn(0).getString());
      SQLite::Statement splits(state_->database,
                               "SELECT name, samples FROM split WHERE dataset = ? ORDER BY id");
      splits.bind(1, dataset.id);
      while (splits.executeStep())
        dataset.splits.push_back({splits.getColumn(0).getString(),
                                  state_->possible_samples(splits.getColumn(1).getInt64())});
      datasets.push_back(std::move(dataset));
    }
    return datasets;
  });
}

Result<DatasetInfo> StudyData::dataset(std::string_view name) const {
  auto all = datasets();
  TRY(all);
  const auto found = std::ranges::find(*all, name, &DatasetInfo::name);
  if (found != all->end()) return *found;
  std::vector<std::string> names;
  for (const auto& dataset : *all) names.push_back(dataset.name);
  return bad_input(fmt::format("there is no data set '{}'", name), state_->folder.string(),
                   names.empty() ? "import one: plumbline-engine import dataset"
                                 : fmt::format("data sets: {}", fmt::join(names, ", ")));
}

Result<std::int64_t> StudyConnection::split_id(std::int64_t dataset,
                                               const std::string& split) const {
  SQLite::Statement find(database, "SELECT id FROM split WHERE dataset = ? AND name = ?");
  find.bind(1, dataset);
  find.bind(2, split);
  if (find.executeStep()) return find.getColumn(0).getInt64();
  std::vector<std::string> names;
  SQLite::Statement rows(database, "SELECT name FROM split WHERE dataset = ? ORDER BY id");
  rows.bind(1, dataset);
  while (rows.executeStep()) names.push_back(rows.getColumn(0).getString());
  return bad_input(fmt::format("there is no split '{}'", split), folder.string(),
                   fmt::format("splits: {}", fmt::join(names, ", ")));
}

Result<std::int64_t> StudyData::add_split(const std::string& name, const std::string& split,
                                          const DatasetScan& scan) {
  return state_->write([&]() -> Result<std::int64_t> {
    auto& database = state_->database;
    auto known = datasets();
    TRY(known);
    auto found = std::ranges::find(*known, name, &DatasetInfo::name);
    DatasetInfo dataset;
    if (found == known->end()) {
      TRY(check_plain_name(name, "a data set", "--name"));
      SQLite::Statement insert(database, "INSERT INTO dataset(name, format) VALUES(?, ?)");
      insert.bind(1, name);
      insert.bind(2, std::string(to_string(scan.format)));
      insert.exec();
      dataset.id = database.getLastInsertRowid();
    } else {
      dataset = *found;
      if (dataset.format != scan.format)
        return bad_input(fmt::format("the data set '{}' is of the format {}, not {}", name,
                                     to_string(dataset.format), to_string(scan.format)),
                         state_->folder.string(), "give the new data another name");
      if (std::ranges::find(dataset.splits, split, &SplitInfo::name) != dataset.splits.end()) {
        const auto id = state_->split_id(dataset.id, split);
        auto names = dataset.classes;
        const auto place = places_of_classes(scan, names);
        if (id && names == dataset.classes) {
          const auto same = same_truth(database, *id, scan, place);
          TRY(same);
          if (*same) return 0;
        }
        return bad_input(
            fmt::format("the data set '{}' has a split '{}' with other samples", name, split),
            state_->folder.string(), "give the new samples another split or another data set");
      }
    }
    TRY(check_plain_name(split, "a split", "--split"));
    auto names = dataset.classes;
    const auto place = places_of_classes(scan, names);
    insert_classes(database, dataset.id, names);
    const auto labels = placed_labels(scan, place);
    SQLite::Statement insert_split(database,
                                   "INSERT INTO split(dataset, name, samples) VALUES(?, ?, ?)");
    insert_split.bind(1, dataset.id);
    insert_split.bind(2, split);
    insert_split.bind(3, static_cast<std::int64_t>(labels.size()));
    insert_split.exec();
    const auto split_id = database.getLastInsertRowid();
    state_->write_labels(split_id, labels);
    if (scan.boxes != nullptr) TRY(write_boxes(database, split_id, *scan.boxes, place));

    std::vector<std::int64_t> sources;
    for (const DataSource& source : scan.sources)
      sources.push_back(source_id(database, dataset.id, source));
    SQLite::Statement insert(database, "INSERT INTO sample VALUES(?, ?, ?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < scan.samples.size(); ++i) {
      const ScannedSample& sample = scan.samples[i];
      insert.bind(1, split_id);
      insert.bind(2, static_cast<std::int64_t>(i));
      insert.bind(3, sources[static_cast<std::size_t>(sample.source)]);
      insert.bind(4, sample.record);
      insert.bindNoCopy(5, sample.name);
      insert.bind(6, static_cast<std::int64_t>(sample.size));
      insert.bindNoCopy(7, sample.hash);
      insert.exec();
      insert.reset();
    }
    return static_cast<std::int64_t>(scan.samples.size());
  });
}

Result<std::int64_t> StudyData::divide_split(const std::string& name, const std::string& from,
                                             const std::string& to, double fraction) {
  TRY(check_plain_name(to, "a split", "--divide"));
  if (!(fraction > 0 && fraction < 1))
    return usage_error("the fraction must be between 0 and 1", fmt::format("{}={}", to, fraction));
  auto dataset = this->dataset(name);
  TRY(dataset);
  return state_->write([&]() -> Result<std::int64_t> {
    auto& database = state_->database;
    const auto from_id = state_->split_id(dataset->id, from);
    TRY(from_id);
    if (std::ranges::find(dataset->splits, to, &SplitInfo::name) != dataset->splits.end())
      return bad_input(fmt::format("the split '{}' exists", to), state_->folder.string());
    SQLite::Statement used(database, "SELECT count(*) FROM prediction_set WHERE split = ?");
    used.bind(1, *from_id);
    if (used.executeStep() && used.getColumn(0).getInt64() > 0)
      return bad_input(
          fmt::format("the split '{}' has predictions, so no samples can be held out of it", from),
          state_->folder.string(), "hold samples out before the first run");
    SQLite::Statement remarks(database,
                              "SELECT EXISTS(SELECT 1 FROM item_tag WHERE split = ?1) OR "
                              "EXISTS(SELECT 1 FROM item_note WHERE split = ?1)");
    remarks.bind(1, *from_id);
    if (remarks.executeStep() && remarks.getColumn(0).getInt() != 0)
      return bad_input(
          fmt::format("the split '{}' has tags or notes, so no samples can be held out of it",
                      from),
          state_->folder.string(), "hold samples out before anything is tagged");

    const auto labels = state_->read_labels(*from_id);
    // Of the k-th sample of a class, those move at which the running share steps over a whole
    // number: spread evenly, the same every time, right to within one sample in each class.
    std::map<ClassIndex, std::int64_t> seen;
    std::vector<std::size_t> stay, move;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto k = static_cast<double>(seen[labels[i]]++);
      const bool moves = std::floor((k + 1) * fraction) > std::floor(k * fraction);
      (moves ? move : stay).push_back(i);
    }
    if (move.empty() || stay.empty())
      return bad_input("one of the two splits would be empty", fmt::format("{}={}", to, fraction));

    const auto labels_of = [&](const std::vector<std::size_t>& positions) {
      std::vector<ClassIndex> chosen;
      for (const std::size_t i : positions) chosen.push_back(labels[i]);
      return chosen;
    };
    SQLite::Statement insert(database, "INSERT INTO split(dataset, name, samples) VALUES(?, ?, ?)");
    insert.bind(1, dataset->id);
    insert.bind(2, to);
    insert.bind(3, static_cast<std::int64_t>(move.size()));
    insert.exec();
    const auto to_id = database.getLastInsertRowid();
    state_->write_labels(to_id, labels_of(move));
    SQLite::Statement update(database,
                             "UPDATE sample SET split = ?, position = ? WHERE split = ? AND "
                             "position = ?");
    SQLite::Statement update_boxes(
        database,
        "UPDATE box_truth SET split = ?, position = ? WHERE split = ? AND "
        "position = ?");
    // Positions only shrink, in rising order: no row is moved onto one that is still to move.
    const auto repack = [&](const std::vector<std::size_t>& positions, std::int64_t split) {
      for (std::size_t i = 0; i < positions.size(); ++i)
        for (SQLite::Statement* statement : {&update, &update_boxes}) {
          statement->bind(1, split);
          statement->bind(2, static_cast<std::int64_t>(i));
          statement->bind(3, *from_id);
          statement->bind(4, static_cast<std::int64_t>(positions[i]));
          statement->exec();
          statement->reset();
        }
    };
    repack(move, to_id);
    repack(stay, *from_id);
    SQLite::Statement shrink(database, "UPDATE split SET samples = ? WHERE id = ?");
    shrink.bind(1, static_cast<std::int64_t>(stay.size()));
    shrink.bind(2, *from_id);
    shrink.exec();
    state_->write_labels(*from_id, labels_of(stay));
    return static_cast<std::int64_t>(move.size());
  });
}

Result<std::vector<TruthBox>> StudyData::boxes(std::int64_t dataset,
                                               const std::string& split) const {
  return state_->read([&]() -> Result<std::vector<TruthBox>> {
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    // A study of an earlier version that may not be written has none.
    if (!state_->database.tableExists("box_truth")) return std::vector<TruthBox>();
    return read_boxes(state_->database, *id);
  });
}

Result<void> StudyData::segmentations(std::int64_t dataset, const std::string& split,
                                      const std::function<void(std::string_view)>& take) const {
  return state_->read([&]() -> Result<void> {
    const auto id = state_->split_id(dataset, split);
    TRY(id);
    if (state_->database.tableExists("box_truth")) read_segmentations(state_->database, *id, take);
    return {};
  });
}

}  // namespace plumbline

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "core/study/decide_run.h"
#include "core/study/search_front.h"
#include "core/study/study.h"
#include "core/study/study_prediction_store.h"
#include "core/study/study_usage.h"
#include "tests/fuzz/reader.h"
#include "tests/fuzz/study_template.h"

namespace plumbline::fuzz {

namespace {

struct Column {
  std::string table, name;
};

std::vector<Column> columns_of(SQLite::Database& database) {
  std::vector<Column> columns;
  SQLite::Statement query(database,
                          "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
                          "WHERE m.type = 'table' ORDER BY m.name, c.cid");
  while (query.executeStep())
    columns.push_back({query.getColumn(0).getString(), query.getColumn(1).getString()});
  return columns;
}

/// Integers at which sums and sizes break.
constexpr std::array<std::int64_t, 12> hard_integers = {0,
                                                        -1,
                                                        1,
                                                        2,
                                                        255,
                                                        65'536,
                                                        1LL << 31,
                                                        1LL << 32,
                                                        1LL << 40,
                                                        1LL << 60,
                                                        std::numeric_limits<std::int64_t>::max(),
                                                        std::numeric_limits<std::int64_t>::min()};

void bind_value(SQLite::Statement& update, Feed& feed) {
  switch (feed.number(1) % 7) {
    case 0: update.bind(1); break;  // null
    case 1: update.bind(1, static_cast<std::int64_t>(feed.number(8))); break;
    case 2: update.bind(1, hard_integers[feed.number(1) % hard_integers.size()]); break;
    case 3: update.bind(1, static_cast<double>(feed.number(2)) / 256 - 8); break;
    case 4: update.bind(1, std::numeric_limits<double>::infinity()); break;
    case 5: {
      const Content bytes = feed.bytes(feed.number(1));
      update.bind(1, bytes.data(), static_cast<int>(bytes.size()));
      break;
    }
    default: update.bind(1, std::string(text_of(feed.bytes(feed.number(2) % 1024)))); break;
  }
}

/// Changes values of a valid database: which column, and what it holds then.
void change_values(const std::filesystem::path& file, Feed& feed) {
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
    const auto columns = columns_of(database);
    while (!feed.empty()) {
      const std::uint64_t chosen = feed.number(1);
      if (chosen == 255) {
        database.exec("PRAGMA user_version = " + std::to_string(feed.number(1) % 8));
        continue;
      }
      const Column& column = columns[chosen % columns.size()];
      SQLite::Statement update(database,
                               "UPDATE OR IGNORE " + column.table + " SET " + column.name + " = ?");
      bind_value(update, feed);
      try {
        update.exec();
      } catch (const SQLite::Exception&) {  // against a constraint: goes on with the next
      }
    }
  } catch (const SQLite::Exception&) {
  }
}

/// The value of one column in one row; nothing where the table has no such row.
std::optional<std::string> value_of(SQLite::Database& database, const Column& column,
                                    std::uint64_t row) {
  SQLite::Statement find(database, "SELECT " + column.name + " FROM " + column.table +
                                       " LIMIT 1 OFFSET " + std::to_string(row));
  if (!find.executeStep()) return std::nullopt;
  return find.getColumn(0).getString();
}

/// Puts another number in place of the text's number at or behind a place.
void exchange_number(std::string& text, std::size_t place, std::int64_t number) {
  constexpr std::string_view digits = "-.0123456789";
  const std::size_t begin = text.find_first_of(digits, place);
  if (begin == text.npos) return;
  const std::size_t end = std::min(text.find_first_not_of(digits, begin), text.size());
  text.replace(begin, end - begin, std::to_string(number));
}

/// Takes away what stands from a place on up to the next comma, as a key of a JSON object.
void leave_out(std::string& text, std::size_t place) {
  const std::size_t end = text.find(',', place);
  text.erase(place, end == text.npos ? end : end + 1 - place);
}

/// An edit of what a column holds, so that most of it stays as it was: documents are still JSON,
/// lists of labels have still their length.
void edit_value(std::string& value, Feed& feed, const std::optional<std::string>& other) {
  const std::uint64_t edit = feed.number(1) % 7;
  const std::size_t place = value.empty() ? 0 : feed.number(2) % value.size();
  switch (edit) {
    case 0: value.resize(place); break;
    case 1: value.append(feed.number(1), value.empty() ? 'a' : value[place]); break;
    case 2: {
      const Content bytes = feed.bytes(1 + feed.number(1) % 8);
      value.replace(place, bytes.size(), text_of(bytes));
      break;
    }
    case 3:
      exchange_number(value, place, hard_integers[feed.number(1) % hard_integers.size()]);
      break;
    case 4: leave_out(value, place); break;
    case 5: value.insert(place, text_of(feed.bytes(feed.number(1) % 16))); break;
    default:
      if (other) value = *other;
  }
}

/// Changes single rows of a valid database: edits a value, takes another column's, or takes the row
/// away.
void edit_rows(const std::filesystem::path& file, Feed& feed) {
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
    const auto columns = columns_of(database);
    while (!feed.empty()) {
      const Column& column = columns[feed.number(1) % columns.size()];
      const std::uint64_t row = feed.number(1) % 4;
      const Column& other = columns[feed.number(1) % columns.size()];
      auto value = value_of(database, column, row);
      if (!value) continue;
      const std::string before = *value;
      const bool removed = feed.number(1) == 0;
      if (!removed) edit_value(*value, feed, value_of(database, other, row));
      // By its value, since some tables have no number of a row; rows that are alike change alike.
      SQLite::Statement change(
          database,
          (removed ? "DELETE FROM " + column.table
                   : "UPDATE OR IGNORE " + column.table + " SET " + column.name + " = ?1") +
              " WHERE CAST(" + column.name + " AS BLOB) = CAST(?2 AS BLOB)");
      if (!removed) change.bind(1, value->data(), static_cast<int>(value->size()));
      change.bind(2, before.data(), static_cast<int>(before.size()));
      try {
        change.exec();
      } catch (const SQLite::Exception&) {
      }
    }
    // Bound as blobs for the sake of zero bytes; a column of texts or numbers holds those.
    for (const Column& column : columns) {
      SQLite::Statement kind(database, "SELECT type FROM pragma_table_info(?) WHERE name = ?");
      kind.bind(1, column.table);
      kind.bind(2, column.name);
      if (!kind.executeStep() || kind.getColumn(0).getString() == "BLOB") continue;
      const std::string type = kind.getColumn(0).getString();
      kind.reset();
      database.exec("UPDATE OR IGNORE " + column.table + " SET " + column.name + " = CAST(" +
                    column.name + " AS " + (type.empty() ? "TEXT" : type) + ") WHERE typeof(" +
                    column.name + ") = 'blob'");
    }
  } catch (const SQLite::Exception&) {
  }
}

void read_split(const Study& study, const DatasetInfo& dataset, const SplitInfo& split) {
  taken(study.sample_count(dataset.id, split.name));
  taken(study.samples(dataset.id, split.name, 0, 4));
  taken(study.labels(dataset.id, split.name));
  taken(study.remarks(dataset.id, split.name));
  taken(study.names(dataset.id, split.name, [](std::string_view) {}));
  const auto boxes = study.boxes(dataset.id, split.name);
  if (!taken(boxes)) return;
  for (const TruthBox& box : *boxes) {
    expect(box.image >= 0 && box.image < split.samples, "a box is on a sample of its split");
    expect(box.category >= 0 && static_cast<std::size_t>(box.category) < dataset.classes.size(),
           "a box has a class of its data set");
    expect(std::isfinite(box.box.x) && std::isfinite(box.box.width) && std::isfinite(box.area),
           "a box is of finite numbers");
  }
}

void read_run(const Study& study, const RunInfo& run) {
  taken(study.warnings(run.name));
  std::vector<std::size_t> voters(run.voters.size());
  for (std::size_t i = 0; i < voters.size(); ++i) voters[i] = i;
  for (const std::string& split : run.splits) {
    const auto sets = study.prediction_sets(run, split);
    if (taken(sets))
      for (const PredictionSet& set : *sets)
        if (const auto rows = study.shard_rows(set.id); taken(rows))
          for (const ShardRow& row : *rows) taken(what_is_wrong(study, row.shard));
    taken(study.committed(run, split));
    if (voters.empty()) continue;
    taken(comparable_latencies(study, run, split, voters));
    taken(log_probs(study, run, split, 0, 1));
    const auto votes = load_votes(study, run, split);
    if (!taken(votes)) continue;
    for (const char* text : {"majority(t=0.4)", "mean(t=0.4)"}) {
      const auto policy = parse_policy(text, voters.size());
      if (!policy) continue;
      const auto bound = bind(*policy);
      if (!taken(bound)) continue;
      const auto decided = decide_run(study, run, split, *votes, voters, *bound);
      if (taken(decided))
        expect(decided->verdict.size() == votes->table().samples(), "each sample has a verdict");
    }
  }
}

void read_pictures(const Study& study) {
  const auto datasets = study.datasets();
  if (taken(datasets))
    for (const DatasetInfo& dataset : *datasets) {
      taken(study.reader(dataset.id));
      taken(study.dependents(StudyEntry::dataset, dataset.name));
      for (const SplitInfo& split : dataset.splits) read_split(study, dataset, split);
    }
  const auto models = study.models();
  if (taken(models))
    for (const ModelInfo& model : *models) taken(study.dependents(StudyEntry::model, model.name));
  const auto sets = study.all_prediction_sets();
  if (taken(sets))
    for (const PredictionSet& set : *sets) taken(study.shard_rows(set.id));
  const auto runs = study.runs();
  if (taken(runs))
    for (const RunInfo& run : *runs) {
      taken(study.dependents(StudyEntry::run, run.name));
      read_run(study, run);
    }
  taken(study.decisions());
  const auto files = study.outside_files();
  if (taken(files))
    for (const OutsideFile& file : *files) taken(study.images_of(file.id));
}

void read_language(const Study& study) {
  const auto networks = study.networks();
  if (taken(networks))
    for (const NetworkInfo& network : *networks)
      taken(study.dependents(StudyEntry::network, network.name));
  taken(study.network_latencies());
  taken(study.latency_tables());
  taken(study.network_energies());
  taken(study.energy_tables());
  const auto searches = study.searches();
  if (taken(searches))
    for (const SearchInfo& search : *searches) {
      taken(study.search_points(search.name));
      taken(study.dependents(StudyEntry::search, search.name));
      const auto front = load_search_front(study, search.name);
      if (taken(front)) static_cast<void>(to_json(*front));
    }
}

/// Changes bytes of a file: a place (16 bits) and what stands there.
void change_bytes(std::vector<char>& bytes, Feed& feed) {
  while (!feed.empty() && !bytes.empty()) {
    const std::uint64_t place = feed.number(2);
    bytes[place % bytes.size()] = static_cast<char>(feed.number(1));
  }
}

Content bytes_of_file(const std::vector<char>& file) { return std::as_bytes(std::span(file)); }

}  // namespace

/// The first byte says what follows: a whole database; bytes that change a valid one; values for
/// its columns; edits of its rows; or bytes that change what it has in predictions/. And whether it
/// is opened to be read or to be written, which costs as much as all that is read then.
void read_study(Content content) {
  static const StudyTemplate written = study_template();
  Feed feed(content);
  const std::uint64_t first = feed.number(1), kind = first % 5;
  const Access access = first / 5 % 2 == 0 ? Access::read_only : Access::read_write;
  std::vector<char> bytes = written.database;
  if (kind == 0) {
    const std::string_view rest = text_of(content.subspan(content.empty() ? 0 : 1));
    bytes.assign(rest.begin(), rest.end());
  } else if (kind == 1) {
    change_bytes(bytes, feed);
  }
  const auto folder = scratch_folder() / "s.plumb";
  std::filesystem::create_directories(folder / "predictions");
  // What was made of the study before would be taken for this one's.
  for (const char* rest : {"study.sqlite-wal", "study.sqlite-shm", "study.sqlite-journal", "cache"})
    std::filesystem::remove_all(folder / rest);
  std::filesystem::create_directory(folder / "cache");
  const auto file = scratch_file("s.plumb/study.sqlite", bytes_of_file(bytes));
  const std::uint64_t changed = kind == 4 ? feed.number(1) % written.predictions.size() : SIZE_MAX;
  for (std::size_t i = 0; i < written.predictions.size(); ++i) {
    StudyTemplate::File predictions = written.predictions[i];
    if (i == changed) change_bytes(predictions.content, feed);
    scratch_file("s.plumb/predictions/" + predictions.name, bytes_of_file(predictions.content));
  }
  if (kind == 2) change_values(file, feed);
  if (kind == 3) edit_rows(file, feed);
  const auto study = Study::open(folder, access);
  if (!taken(study)) return;
  read_pictures(*study);
  read_language(*study);
  taken(study_usage(*study));
}

}  // namespace plumbline::fuzz

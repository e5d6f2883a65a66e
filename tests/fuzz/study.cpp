#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <limits>

#include "core/study/run_votes.h"
#include "core/study/search_front.h"
#include "core/study/study.h"
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

void read_pictures(const Study& study) {
  const auto datasets = study.datasets();
  if (taken(datasets))
    for (const DatasetInfo& dataset : *datasets) {
      taken(study.reader(dataset.id));
      for (const SplitInfo& split : dataset.splits) {
        taken(study.sample_count(dataset.id, split.name));
        taken(study.samples(dataset.id, split.name, 0, 4));
        taken(study.labels(dataset.id, split.name));
        taken(study.remarks(dataset.id, split.name));
        taken(study.names(dataset.id, split.name, [](std::string_view) {}));
      }
    }
  taken(study.models());
  const auto sets = study.all_prediction_sets();
  if (taken(sets))
    for (const PredictionSet& set : *sets) taken(study.shard_rows(set.id));
  const auto runs = study.runs();
  if (taken(runs))
    for (const RunInfo& run : *runs) {
      taken(study.warnings(run.name));
      for (const std::string& split : run.splits) {
        taken(study.prediction_sets(run, split));
        taken(study.committed(run, split));
        taken(load_votes(study, run, split));
        if (!run.voters.empty()) taken(log_probs(study, run, split, 0, 1));
      }
    }
}

void read_language(const Study& study) {
  taken(study.networks());
  taken(study.network_latencies());
  taken(study.latency_tables());
  const auto searches = study.searches();
  if (taken(searches))
    for (const SearchInfo& search : *searches) {
      taken(study.search_points(search.name));
      const auto front = load_search_front(study, search.name);
      if (taken(front)) static_cast<void>(to_json(*front));
    }
}

}  // namespace

/// The first byte says what follows: a whole file; pairs of a place in a valid one (16 bits) and a
/// byte for it; or values for columns of a valid one.
void read_study(Content content) {
  static const std::vector<char> written = study_template();
  Feed feed(content);
  const std::uint64_t kind = feed.number(1) % 3;
  std::vector<char> bytes;
  if (kind == 0) {
    const std::string_view rest = text_of(content.subspan(content.empty() ? 0 : 1));
    bytes.assign(rest.begin(), rest.end());
  } else {
    bytes = written;
    while (kind == 1 && !feed.empty()) {
      const std::uint64_t place = feed.number(2);
      bytes[place % bytes.size()] = static_cast<char>(feed.number(1));
    }
  }
  const auto folder = scratch_folder() / "s.plumb";
  std::filesystem::create_directories(folder);
  for (const char* rest :
       {"s.plumb/study.sqlite-wal", "s.plumb/study.sqlite-shm", "s.plumb/study.sqlite-journal"})
    std::filesystem::remove(scratch_folder() / rest);
  const auto file = scratch_file("s.plumb/study.sqlite", std::as_bytes(std::span(bytes)));
  if (kind == 2) change_values(file, feed);
  for (const Access access : {Access::read_only, Access::read_write}) {
    const auto study = Study::open(folder, access);
    if (!taken(study)) continue;
    read_pictures(*study);
    read_language(*study);
  }
}

}  // namespace plumbline::fuzz

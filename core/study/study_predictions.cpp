#include <fmt/format.h>

#include "core/predictions/prediction_store.h"
#include "core/study/study_connection.h"
#include "core/study/study_predictions.h"

namespace plumbline {

namespace {

constexpr std::size_t most_shard_rows = 1'000'000;

// Samples of a set that some file has; ranges may overlap. Ends before the set's id and ")".
#define PLUMBLINE_COVERED                                                             \
  "SELECT coalesce(sum(max(0, last - max(begin, coalesce(before, 0)))), 0) FROM ("    \
  "SELECT r.first AS begin, r.first + s.count AS last, max(r.first + s.count) OVER (" \
  "ORDER BY r.first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before "     \
  "FROM shard_row r JOIN shard s ON s.id = r.shard WHERE r.prediction_set = "

/// As a column has it: empty without a condition.
std::string condition_text(const View& condition) {
  return condition == View() ? std::string() : to_string(condition);
}

/// Device, batch, batches, median and spread from column `first` on.
VoterLatency latency_at(SQLite::Statement& row, int first) {
  return {row.getColumn(first).getString(), row.getColumn(first + 1).getInt(),
          row.getColumn(first + 2).getInt(), row.getColumn(first + 3).getDouble(),
          row.getColumn(first + 4).getDouble()};
}

Result<void> insert_latency(StudyConnection& state, const std::string& table,
                            std::int64_t prediction_set, const VoterLatency& latency) {
  return state.write([&]() -> Result<void> {
    SQLite::Statement insert(state.database,
                             "INSERT OR REPLACE INTO " + table + " VALUES(?, ?, ?, ?, ?, ?)");
    insert.bind(1, prediction_set);
    insert.bind(2, latency.device);
    insert.bind(3, latency.batch);
    insert.bind(4, latency.batches);
    insert.bind(5, latency.median_ms);
    insert.bind(6, latency.spread_ms);
    insert.exec();
    return {};
  });
}

Result<std::optional<PredictionSet>> find_set(const StudyConnection& state,
                                              const PredictionKey& key) {
  auto& database = state.database;
  const auto split = state.split_id(key.dataset, key.split);
  TRY(split);
  const auto model = state.model_id(key.model);
  TRY(model);
  SQLite::Statement find(database,
                         "SELECT id FROM prediction_set WHERE split = ? AND model = ? AND view = ? "
                         "AND precision = ? AND decoder = ? AND device_kind = ? AND condition = ?");
  find.bind(1, *split);
  find.bind(2, *model);
  find.bind(3, to_string(key.view));
  find.bind(4, key.precision);
  find.bind(5, key.decoder);
  find.bind(6, key.device_kind);
  find.bind(7, condition_text(key.condition));
  if (!find.executeStep()) return std::optional<PredictionSet>();
  PredictionSet set;
  set.id = find.getColumn(0).getInt64();
  set.key = key;
  SQLite::Statement committed(database, PLUMBLINE_COVERED "?)");
  committed.bind(1, set.id);
  committed.executeStep();
  set.committed = committed.getColumn(0).getInt64();
  SQLite::Statement latency(database,
                            "SELECT device, batch, batches, median_ms, spread_ms FROM latency "
                            "WHERE prediction_set = ?");
  latency.bind(1, set.id);
  if (latency.executeStep()) set.latency = latency_at(latency, 0);
  return std::optional(std::move(set));
}

}  // namespace

Result<std::optional<PredictionSet>> StudyPredictions::find_prediction_set(
    const PredictionKey& key) const {
  return state_->read([&] { return find_set(*state_, key); });
}

Result<PredictionSet> StudyPredictions::prediction_set(const PredictionKey& key) {
  return state_->write([&]() -> Result<PredictionSet> {
    auto found = find_set(*state_, key);
    TRY(found);
    if (*found) return **found;
    SQLite::Statement insert(
        state_->database,
        "INSERT INTO prediction_set(split, model, view, precision, decoder, device_kind, "
        "condition) VALUES(?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, *state_->split_id(key.dataset, key.split));
    insert.bind(2, *state_->model_id(key.model));
    insert.bind(3, to_string(key.view));
    insert.bind(4, key.precision);
    insert.bind(5, key.decoder);
    insert.bind(6, key.device_kind);
    insert.bind(7, condition_text(key.condition));
    insert.exec();
    PredictionSet set;
    set.id = state_->database.getLastInsertRowid();
    set.key = key;
    return set;
  });
}

Result<std::vector<PredictionSet>> StudyPredictions::all_prediction_sets() const {
  return state_->read([&]() -> Result<std::vector<PredictionSet>> {
    std::vector<PredictionSet> sets;
    SQLite::Statement rows(
        state_->database,
        "SELECT p.id, d.id, t.name, m.name, p.view, p.precision, p.decoder, p.device_kind, "
        "(" PLUMBLINE_COVERED
        "p.id)), l.device, l.batch, l.batches, l.median_ms, l.spread_ms, "
        "p.condition FROM prediction_set p JOIN split t ON t.id = p.split JOIN dataset d ON d.id = "
        "t.dataset "
        "JOIN model m ON m.id = p.model LEFT JOIN latency l ON l.prediction_set = p.id "
        "ORDER BY p.id");
    while (rows.executeStep()) {
      // A view of a newer program, or of a hand: it cannot be asked for, so it is left out.
      auto view = parse_view(rows.getColumn(4).getString());
      const std::string named = rows.getColumn(14).getString();
      auto condition = named.empty() ? Result<View>(View()) : parse_view(named);
      if (!view || !condition) continue;
      PredictionSet set;
      set.id = rows.getColumn(0).getInt64();
      set.key = {rows.getColumn(1).getInt64(),  rows.getColumn(2).getString(),
                 rows.getColumn(3).getString(), *view,
                 rows.getColumn(5).getString(), rows.getColumn(6).getString(),
                 rows.getColumn(7).getString(), std::move(*condition)};
      set.committed = rows.getColumn(8).getInt64();
      if (!rows.getColumn(9).isNull()) set.latency = latency_at(rows, 9);
      sets.push_back(std::move(set));
    }
    return sets;
  });
}

Result<std::vector<ShardRow>> StudyPredictions::shard_rows(std::int64_t prediction_set) const {
  return state_->read([&]() -> Result<std::vector<ShardRow>> {
    std::vector<ShardRow> shard_rows;
    SQLite::Statement rows(state_->database,
                           "SELECT s.id, s.file, s.first, s.count, r.row, "
                           "t.size, t.time, t.hash, t.unread FROM shard_row r "
                           "JOIN shard s ON s.id = r.shard LEFT JOIN shard_state t "
                           "ON t.shard = s.id WHERE r.prediction_set = ? ORDER BY r.first");
    rows.bind(1, prediction_set);
    while (rows.executeStep()) {
      ShardRow& entry = shard_rows.emplace_back();
      entry.shard.id = rows.getColumn(0).getInt64();
      const std::string file = rows.getColumn(1).getString();
      if (!is_prediction_file_name(file))
        return bad_input("the study names a prediction file outside predictions/",
                         state_->folder.string(), "it was tampered with; do not use it");
      entry.shard.file = file;
      entry.shard.first = rows.getColumn(2).getInt64();
      entry.shard.count = rows.getColumn(3).getInt64();
      entry.row = rows.getColumn(4).getInt();
      ShardState& state = entry.shard.state;
      state.size = static_cast<std::uint64_t>(rows.getColumn(5).getInt64());
      state.time = rows.getColumn(6).getInt64();
      state.hash = rows.getColumn(7).getString();
      // Numbers that were changed by hand name nothing that could be tried again.
      if (auto unread =
              parse_unread(rows.getColumn(8).getString(), entry.shard.count, most_shard_rows))
        state.unread = std::move(*unread);
    }
    return shard_rows;
  });
}

Result<void> StudyPredictions::commit_shard(const std::string& file_name, std::int64_t first,
                                            std::int64_t count,
                                            std::span<const std::int64_t> prediction_sets,
                                            const ShardState& state) {
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    SQLite::Statement known(database, "SELECT id FROM shard WHERE file = ?");
    known.bind(1, file_name);
    if (known.executeStep()) return {};
    SQLite::Statement shard(database, "INSERT INTO shard(file, first, count) VALUES(?, ?, ?)");
    shard.bind(1, file_name);
    shard.bind(2, first);
    shard.bind(3, count);
    shard.exec();
    const auto id = database.getLastInsertRowid();
    if (!state.hash.empty()) {
      SQLite::Statement insert(database, "INSERT INTO shard_state VALUES(?, ?, ?, ?, ?)");
      insert.bind(1, id);
      insert.bind(2, static_cast<std::int64_t>(state.size));
      insert.bind(3, state.time);
      insert.bind(4, state.hash);
      insert.bind(5, to_text(state.unread));
      insert.exec();
    }
    // Another job may have committed the same voter in the meantime: the longer range counts, of
    // two that are as long the first.
    SQLite::Statement shorter(database,
                              "DELETE FROM shard_row WHERE prediction_set = ? AND first = ? AND "
                              "(SELECT count FROM shard WHERE id = shard_row.shard) < ?");
    SQLite::Statement row(database,
                          "INSERT OR IGNORE INTO shard_row(prediction_set, first, shard, row) "
                          "VALUES(?, ?, ?, ?)");
    for (std::size_t i = 0; i < prediction_sets.size(); ++i) {
      shorter.bind(1, prediction_sets[i]);
      shorter.bind(2, first);
      shorter.bind(3, count);
      shorter.exec();
      shorter.reset();
      row.bind(1, prediction_sets[i]);
      row.bind(2, first);
      row.bind(3, id);
      row.bind(4, static_cast<int>(i));
      row.exec();
      row.reset();
    }
    return {};
  });
}

Result<std::vector<std::int64_t>> StudyPredictions::sets_of_file(
    const std::string& file_name) const {
  return state_->read([&]() -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> sets;
    SQLite::Statement rows(state_->database,
                           "SELECT r.prediction_set FROM shard s LEFT JOIN shard_row r "
                           "ON r.shard = s.id WHERE s.file = ? ORDER BY r.row");
    rows.bind(1, file_name);
    while (rows.executeStep()) sets.push_back(rows.getColumn(0).getInt64());
    return sets;
  });
}

Result<void> StudyPredictions::forget_shards(std::span<const std::int64_t> shards) {
  if (shards.empty()) return {};
  return state_->write([&]() -> Result<void> {
    SQLite::Statement rows(state_->database, "DELETE FROM shard_row WHERE shard = ?");
    SQLite::Statement files(state_->database, "DELETE FROM shard WHERE id = ?");
    for (const std::int64_t shard : shards)
      for (SQLite::Statement* statement : {&rows, &files}) {
        statement->bind(1, shard);
        statement->exec();
        statement->reset();
      }
    return {};
  });
}

Result<void> StudyPredictions::set_latency(std::int64_t prediction_set,
                                           const VoterLatency& latency) {
  return insert_latency(*state_, "latency", prediction_set, latency);
}

Result<void> StudyPredictions::set_batch_latency(std::int64_t prediction_set,
                                                 const VoterLatency& latency) {
  return insert_latency(*state_, "batch_latency", prediction_set, latency);
}

Result<std::multimap<std::int64_t, VoterLatency>> StudyPredictions::batch_latencies() const {
  return state_->read([&]() -> Result<std::multimap<std::int64_t, VoterLatency>> {
    std::multimap<std::int64_t, VoterLatency> found;
    SQLite::Statement rows(state_->database,
                           "SELECT prediction_set, device, batch, batches, median_ms, spread_ms "
                           "FROM batch_latency ORDER BY prediction_set, batch");
    while (rows.executeStep()) found.emplace(rows.getColumn(0).getInt64(), latency_at(rows, 1));
    return found;
  });
}

}  // namespace plumbline

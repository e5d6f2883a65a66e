#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/study_connection.h"
#include "core/study/study_data.h"
#include "core/study/study_runs.h"

namespace plumbline {

namespace {

/// Adds conditions behind the first `from`.
void insert_conditions(SQLite::Database& database, std::int64_t run,
                       std::span<const View> conditions, std::int64_t from) {
  SQLite::Statement condition(database, "INSERT INTO run_condition VALUES(?, ?, ?)");
  for (const View& view : conditions) {
    condition.bind(1, run);
    condition.bind(2, from++);
    condition.bind(3, to_string(view));
    condition.exec();
    condition.reset();
  }
}

Result<std::vector<RunInfo>> read_runs(const StudyConnection& state) {
  auto& database = state.database;
  std::vector<RunInfo> runs;
  SQLite::Statement rows(
      database,
      "SELECT id, name, dataset, precision, decoder, device_kind, batch FROM run "
      "ORDER BY id");
  while (rows.executeStep()) {
    RunInfo run;
    run.id = rows.getColumn(0).getInt64();
    run.name = rows.getColumn(1).getString();
    run.dataset = rows.getColumn(2).getInt64();
    run.precision = rows.getColumn(3).getString();
    run.decoder = rows.getColumn(4).getString();
    run.device_kind = rows.getColumn(5).getString();
    run.batch = rows.getColumn(6).getInt();
    SQLite::Statement splits(database,
                             "SELECT split FROM run_split WHERE run = ? ORDER BY position");
    splits.bind(1, run.id);
    while (splits.executeStep()) run.splits.push_back(splits.getColumn(0).getString());
    SQLite::Statement voters(database,
                             "SELECT model, view FROM run_voter WHERE run = ? ORDER BY position");
    voters.bind(1, run.id);
    while (voters.executeStep()) {
      auto view = parse_view(voters.getColumn(1).getString());
      TRY(view);
      run.voters.push_back({voters.getColumn(0).getString(), *view});
    }
    SQLite::Statement conditions(
        database, "SELECT condition FROM run_condition WHERE run = ? ORDER BY position");
    conditions.bind(1, run.id);
    while (conditions.executeStep()) {
      auto condition = parse_view(conditions.getColumn(0).getString());
      TRY(condition);
      run.conditions.push_back(std::move(*condition));
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace

Result<std::vector<RunInfo>> StudyRuns::runs() const {
  return state_->read([&] { return read_runs(*state_); });
}

Result<RunInfo> StudyRuns::run(std::string_view name) const {
  auto all = runs();
  TRY(all);
  const auto found = std::ranges::find(*all, name, &RunInfo::name);
  if (found != all->end()) return *found;
  std::vector<std::string> names;
  for (const auto& run : *all) names.push_back(run.name);
  return bad_input(fmt::format("there is no run '{}'", name), state_->folder.string(),
                   names.empty() ? "start one: plumbline-engine run"
                                 : fmt::format("runs: {}", fmt::join(names, ", ")));
}

Result<void> StudyRuns::add_run(RunInfo run) {
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    SQLite::Statement insert(
        database,
        "INSERT INTO run(name, dataset, precision, decoder, device_kind, batch) "
        "VALUES(?, ?, ?, ?, ?, ?)");
    insert.bind(1, run.name);
    insert.bind(2, run.dataset);
    insert.bind(3, run.precision);
    insert.bind(4, run.decoder);
    insert.bind(5, run.device_kind);
    insert.bind(6, run.batch);
    insert.exec();
    const auto id = database.getLastInsertRowid();
    SQLite::Statement split(database, "INSERT INTO run_split VALUES(?, ?, ?)");
    for (std::size_t i = 0; i < run.splits.size(); ++i) {
      split.bind(1, id);
      split.bind(2, static_cast<std::int64_t>(i));
      split.bind(3, run.splits[i]);
      split.exec();
      split.reset();
    }
    SQLite::Statement voter(database, "INSERT INTO run_voter VALUES(?, ?, ?, ?)");
    for (std::size_t i = 0; i < run.voters.size(); ++i) {
      voter.bind(1, id);
      voter.bind(2, static_cast<std::int64_t>(i));
      voter.bind(3, run.voters[i].model);
      voter.bind(4, to_string(run.voters[i].view));
      voter.exec();
      voter.reset();
    }
    insert_conditions(database, id, run.conditions, 0);
    return {};
  });
}

Result<void> StudyRuns::add_conditions(const std::string& run, std::span<const View> conditions) {
  if (conditions.empty()) return {};
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    SQLite::Statement found(database,
                            "SELECT id, (SELECT count(*) FROM run_condition WHERE run = id) "
                            "FROM run WHERE name = ?");
    found.bind(1, run);
    if (!found.executeStep())
      return bad_input(fmt::format("there is no run '{}'", run), state_->folder.string());
    insert_conditions(database, found.getColumn(0).getInt64(), conditions,
                      found.getColumn(1).getInt64());
    return {};
  });
}

PredictionKey prediction_key(const RunInfo& run, const std::string& split, const Voter& voter,
                             bool imported) {
  if (imported)
    return {run.dataset, split,      voter.model, voter.view,
            "imported",  "imported", "imported",  run.condition};
  return {run.dataset,   split,       voter.model,     voter.view,
          run.precision, run.decoder, run.device_kind, run.condition};
}

Result<std::vector<PredictionSet>> StudyRuns::prediction_sets(const RunInfo& run,
                                                              const std::string& split) const {
  const auto models = StudyData(state_).models();
  TRY(models);
  std::vector<PredictionSet> sets;
  for (const Voter& voter : run.voters) {
    const auto model = std::ranges::find(*models, voter.model, &ModelInfo::name);
    const bool imported = model != models->end() && model->file.empty();
    const auto key = prediction_key(run, split, voter, imported);
    auto found = StudyPredictions(state_).find_prediction_set(key);
    TRY(found);
    // A set that was never begun has no samples yet.
    sets.push_back(found->value_or(PredictionSet{0, key, 0, {}}));
  }
  return sets;
}

Result<std::int64_t> StudyRuns::committed(const RunInfo& run, const std::string& split) const {
  const auto sets = prediction_sets(run, split);
  TRY(sets);
  if (sets->empty()) return 0;
  return std::ranges::min(*sets, {}, &PredictionSet::committed).committed;
}

Result<void> StudyRuns::add_warnings(const std::string& run,
                                     std::span<const StoredWarning> warnings) {
  if (warnings.empty()) return {};
  return state_->write([&]() -> Result<void> {
    SQLite::Statement insert(state_->database,
                             "INSERT OR IGNORE INTO warning(run, code, place, message) "
                             "SELECT id, ?, ?, ? FROM run WHERE name = ?");
    for (const StoredWarning& warning : warnings) {
      insert.bind(1, warning.code);
      insert.bind(2, warning.where);
      insert.bind(3, warning.message);
      insert.bind(4, run);
      insert.exec();
      insert.reset();
    }
    return {};
  });
}

Result<void> StudyRuns::remove_warnings(const std::string& run, const std::string& code,
                                        std::span<const std::string> places) {
  if (places.empty()) return {};
  return state_->write([&]() -> Result<void> {
    SQLite::Statement remove(state_->database,
                             "DELETE FROM warning WHERE code = ? AND place = ? AND run IN "
                             "(SELECT id FROM run WHERE name = ?)");
    for (const std::string& place : places) {
      remove.bind(1, code);
      remove.bind(2, place);
      remove.bind(3, run);
      remove.exec();
      remove.reset();
    }
    return {};
  });
}

Result<std::vector<StoredWarning>> StudyRuns::warnings(const std::string& run) const {
  return state_->read([&]() -> Result<std::vector<StoredWarning>> {
    std::vector<StoredWarning> warnings;
    SQLite::Statement rows(state_->database,
                           "SELECT w.code, w.place, w.message FROM warning w JOIN run r "
                           "ON r.id = w.run WHERE r.name = ? ORDER BY w.code, w.place");
    rows.bind(1, run);
    while (rows.executeStep())
      warnings.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(),
                          rows.getColumn(2).getString()});
    return warnings;
  });
}

}  // namespace plumbline

#pragma once
#include <filesystem>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline::test {

/// Gives a study its form of the tenth version: nothing is known of networks' energies.
inline void forget_network_energies(SQLite::Database& database) {
  database.exec(
      "DROP TABLE network_energy; DROP TABLE energy_table;"
      "PRAGMA user_version = 10");
}

/// Gives a study its form of the eighth version: predictions without conditions.
inline void forget_conditions(SQLite::Database& database) {
  forget_network_energies(database);
  database.exec(
      "DROP TABLE batch_latency;"
      "CREATE TABLE old_set(id INTEGER PRIMARY KEY, split INTEGER NOT NULL REFERENCES split,"
      " model INTEGER NOT NULL REFERENCES model, view TEXT NOT NULL, precision TEXT NOT NULL,"
      " decoder TEXT NOT NULL, device_kind TEXT NOT NULL,"
      " UNIQUE(split, model, view, precision, decoder, device_kind));"
      "INSERT INTO old_set SELECT id, split, model, view, precision, decoder, device_kind"
      " FROM prediction_set;"
      "CREATE TABLE old_row(prediction_set INTEGER NOT NULL REFERENCES old_set ON DELETE CASCADE,"
      " first INTEGER NOT NULL, shard INTEGER NOT NULL REFERENCES shard, row INTEGER NOT NULL,"
      " PRIMARY KEY(prediction_set, first)) WITHOUT ROWID;"
      "INSERT INTO old_row SELECT * FROM shard_row;"
      "CREATE TABLE old_latency(prediction_set INTEGER PRIMARY KEY REFERENCES old_set"
      " ON DELETE CASCADE, device TEXT NOT NULL, batch INTEGER NOT NULL, batches INTEGER NOT NULL,"
      " median_ms REAL NOT NULL, spread_ms REAL NOT NULL);"
      "INSERT INTO old_latency SELECT * FROM latency;"
      "DROP TABLE shard_row; DROP TABLE latency; DROP TABLE prediction_set;"
      "ALTER TABLE old_set RENAME TO prediction_set; ALTER TABLE old_row RENAME TO shard_row;"
      "ALTER TABLE old_latency RENAME TO latency; DROP TABLE run_condition;"
      "PRAGMA user_version = 8");
}

/// Gives a study its form of the fourth version: tags and notes are of samples alone.
inline void restore_sample_remarks(SQLite::Database& database) {
  forget_conditions(database);
  database.exec(
      "CREATE TABLE sample_tag(split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,"
      " tag INTEGER NOT NULL REFERENCES tag ON DELETE CASCADE, position INTEGER NOT NULL,"
      " PRIMARY KEY(split, tag, position)) WITHOUT ROWID;"
      "INSERT INTO sample_tag SELECT split, tag, position FROM item_tag WHERE object = -1;"
      "CREATE TABLE note(split INTEGER NOT NULL REFERENCES split ON DELETE CASCADE,"
      " position INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(split, position)) WITHOUT ROWID;"
      "INSERT INTO note SELECT split, position, text FROM item_note WHERE object = -1;"
      "DROP TABLE item_tag; DROP TABLE item_note; DROP TABLE shard_state; DROP TABLE box_truth;"
      "DROP TABLE decision;"
      "PRAGMA user_version = 4");
}

/// Gives a study its form of the third version: labels in the table of splits, which count the
/// samples.
inline void restore_label_column(SQLite::Database& database) {
  restore_sample_remarks(database);
  database.exec(
      "ALTER TABLE split ADD COLUMN labels BLOB NOT NULL DEFAULT x'';"
      "UPDATE split SET labels = (SELECT labels FROM class_truth WHERE split = split.id);"
      "ALTER TABLE split DROP COLUMN samples; DROP TABLE class_truth;"
      "PRAGMA user_version = 3");
}

/// Makes of a study one that a program wrote before there were language models: no such tables, and
/// an earlier version.
inline void drop_planer_tables(const std::filesystem::path& study, int version) {
  SQLite::Database database((study / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  restore_label_column(database);
  for (const char* table :
       {"search_point", "search_course", "search", "latency_table", "network_latency", "network"})
    database.exec(std::string("DROP TABLE ") + table);
  database.exec("PRAGMA user_version = " + std::to_string(version));
}

}  // namespace plumbline::test

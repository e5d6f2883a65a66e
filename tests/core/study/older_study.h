#pragma once
#include <filesystem>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline::test {

/// Gives a study its form of the fourth version: tags and notes are of samples alone.
inline void restore_sample_remarks(SQLite::Database& database) {
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

#pragma once
#include <filesystem>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline::test {

/// Gives a study its form of the third version: labels in the table of splits, which count the
/// samples.
inline void restore_label_column(SQLite::Database& database) {
  database.exec(
      "ALTER TABLE split ADD COLUMN labels BLOB NOT NULL DEFAULT x'';"
      "UPDATE split SET labels = (SELECT labels FROM class_truth WHERE split = split.id);"
      "ALTER TABLE split DROP COLUMN samples; DROP TABLE class_truth; DROP TABLE shard_state;"
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

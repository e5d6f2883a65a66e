#pragma once
#include <filesystem>
#include <string>

#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline::test {

/// Makes of a study one that a program wrote before there were language models: no such tables, and
/// an earlier version.
inline void drop_planer_tables(const std::filesystem::path& study, int version) {
  SQLite::Database database((study / "study.sqlite").string(), SQLite::OPEN_READWRITE);
  for (const char* table :
       {"search_point", "search_course", "search", "latency_table", "network_latency", "network"})
    database.exec(std::string("DROP TABLE ") + table);
  database.exec("PRAGMA user_version = " + std::to_string(version));
}

}  // namespace plumbline::test

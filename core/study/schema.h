#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline {

/// The schema that this program writes; SQLite's user_version.
inline constexpr int schema_version = 3;

/// Brings a database from the version that it has (0: empty) to `schema_version`, in one
/// transaction. Throws SQLite::Exception.
void migrate(SQLite::Database& database);

}  // namespace plumbline

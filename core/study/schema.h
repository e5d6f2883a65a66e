#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

namespace plumbline {

/// The schema that this program writes; SQLite's user_version.
inline constexpr int schema_version = 11;

/// Brings a database from the version that it has (0: empty) to `schema_version`, in one
/// transaction. Throws SQLite::Exception.
void migrate(SQLite::Database& database);

/// Lets a study of an earlier version that may not be written be read as one of this version, by
/// views of this connection alone. Tables that it never had are still not there. Throws
/// SQLite::Exception.
void view_as_current(SQLite::Database& database);

}  // namespace plumbline

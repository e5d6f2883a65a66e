#include "core/study/study.h"

#include <unistd.h>

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "core/study/boxes_mark.h"
#include "core/study/schema.h"
#include "core/study/study_boxes.h"
#include "core/study/study_connection.h"

namespace plumbline {

namespace fs = std::filesystem;

namespace {

constexpr int busy_timeout_ms = 10'000;

/// SQLite reads %, ? and # in a file: name as syntax.
std::string file_uri(const fs::path& file, std::string_view query) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '%' || c == '?' || c == '#')
      uri += fmt::format("%{:02X}", static_cast<unsigned>(c));
    else
      uri += c;
  }
  return uri + "?" + std::string(query);
}

/// Read-only media: SQLite can neither lock nor make a WAL there. One that came with the study, of
/// a copy that was made while somebody had it open, holds what was written last, and is read with
/// its index.
SQLite::Database open_database(const fs::path& file, bool writable, bool folder_writable) {
  if (writable)
    return SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                            busy_timeout_ms);
  std::error_code code;
  const auto beside = [&](const char* ending) { return fs::path(file.string() + ending); };
  const bool has_log = fs::exists(beside("-shm"), code) && fs::exists(beside("-wal"), code) &&
                       fs::file_size(beside("-wal"), code) > 0 && !code;
  if (folder_writable || has_log)
    return SQLite::Database(file.string(), SQLite::OPEN_READONLY, busy_timeout_ms);
  return SQLite::Database(file_uri(file, "immutable=1"), SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                          busy_timeout_ms);
}

bool may_write(const fs::path& path) { return ::access(path.c_str(), W_OK) == 0; }

Error translate_for(const SQLite::Exception& exception, const fs::path& folder) {
  const std::string file = (folder / "study.sqlite").string();
  switch (exception.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::bad_input, "another program is writing to the study", file,
              "wait until its job has ended, then try again"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorKind::bad_input, fmt::format("the database is damaged: {}", exception.what()),
              file,
              "nothing was changed; restore study.sqlite from a copy, or try sqlite3's .recover"};
    case SQLITE_FULL:
      return {ErrorKind::device, "the disk is full", file,
              "free some space and resume: what was committed is whole"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return {ErrorKind::bad_input, fmt::format("cannot be opened: {}", exception.what()), file,
              "check the permissions of the study's folder"};
    default: return {ErrorKind::bad_input, fmt::format("SQLite: {}", exception.what()), file, {}};
  }
}

Result<void> check_version(SQLite::Database& database, const fs::path& file) {
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version > schema_version)
    return bad_input(fmt::format("the study is of version {}; this program reads versions up to {}",
                                 version, schema_version),
                     file.string(), "open it with a newer Plumbline; nothing was changed");
  if (version == 0 && database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() > 0)
    return bad_input("the database is not that of a study", file.string());
  return {};
}

}  // namespace

Error StudyConnection::translate(const SQLite::Exception& exception) const {
  return translate_for(exception, folder);
}

Result<std::string> boxes_mark(const Study& study, std::int64_t dataset, const std::string& split) {
  try {
    // On a connection of its own: no store needs it.
    auto database =
        open_database(study.folder() / "study.sqlite", false, may_write(study.folder()));
    if (!database.tableExists("box_truth")) return std::string();
    return mark_of_boxes(database, dataset, split);
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(translate_for(exception, study.folder()));
  }
}

Result<Study> Study::open(const fs::path& given, Access access) {
  std::error_code code;
  const fs::path folder = fs::absolute(given, code).lexically_normal();
  const fs::path file = folder / "study.sqlite";
  const bool exists = fs::exists(file, code);
  if (!exists && access != Access::create)
    return bad_input(fs::exists(folder, code) ? "this is not a study: it has no study.sqlite"
                                              : "there is no such study",
                     given.string(), "a study is a folder NAME.plumb; an import makes one");
  if (!exists) {
    if (fs::exists(folder, code) && !fs::is_empty(folder, code))
      return bad_input("the folder exists and is not a study", given.string(),
                       "name a new folder or an existing study");
  }
  if (access == Access::create)
    for (const char* sub : {"predictions", "jobs", "cache"}) {
      fs::create_directories(folder / sub, code);
      if (code)
        return bad_input("the study's folder cannot be made: " + code.message(), given.string());
    }
  const bool folder_writable = may_write(folder) && (!exists || may_write(file));
  if (access != Access::read_only && !folder_writable)
    return bad_input("the study is write-protected", given.string(),
                     "copy it to a place where you may write");
  const bool writable = access != Access::read_only;
  try {
    auto database = open_database(file, writable, folder_writable);
    TRY(check_version(database, file));
    if (writable) {
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      database.exec("PRAGMA foreign_keys = ON");
      migrate(database);
    } else if (database.execAndGet("PRAGMA user_version").getInt() == 0) {
      return bad_input("the study is empty: its creation was interrupted", given.string(),
                       "import a data set into it");
    } else {
      view_as_current(database);
    }
    return Study(std::shared_ptr<StudyConnection>(
        new StudyConnection{folder, writable, std::move(database), {}}));
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(translate_for(exception, folder));
  }
}

Result<Study> Study::open_snapshot(const fs::path& given, const fs::path& file) {
  std::error_code code;
  const fs::path folder = fs::absolute(given, code).lexically_normal();
  try {
    SQLite::Database database(file_uri(file, "immutable=1"),
                              SQLite::OPEN_READONLY | SQLite::OPEN_URI, busy_timeout_ms);
    TRY(check_version(database, file));
    view_as_current(database);
    return Study(std::shared_ptr<StudyConnection>(
        new StudyConnection{folder, false, std::move(database), {}}));
  } catch (const SQLite::Exception& exception) {
    return bad_input(fmt::format("this copy of the database cannot be read: {}", exception.what()),
                     file.string());
  }
}

Result<void> Study::write_snapshot(const fs::path& file) const {
  const fs::path making = file.string() + ".tmp";
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  fs::remove(making, code);
  const auto written = connection_->read([&]() -> Result<void> {
    SQLite::Database copy(making.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(copy, connection_->database);
    // All pages in one step: nobody can write in between.
    if (backup.executeStep(-1) != SQLITE_DONE)
      return fail(ErrorKind::device, "the database is busy and cannot be copied", making.string(),
                  "try again");
    return {};
  });
  if (written) fs::rename(making, file, code);
  if (!written || code) {
    std::error_code gone;
    fs::remove(making, gone);
  }
  TRY(written);
  if (code) return fail(ErrorKind::device, "cannot be made: " + code.message(), file.string());
  return {};
}

Study::Study(const std::shared_ptr<StudyConnection>& connection)
    : StudyData(connection),
      StudyPredictions(connection),
      StudyRuns(connection),
      StudyRemarks(connection),
      StudyDecisions(connection),
      StudyLanguage(connection),
      StudyUpkeep(connection),
      connection_(connection) {}

const fs::path& Study::folder() const { return connection_->folder; }

bool Study::writable() const { return connection_->writable; }

std::int64_t Study::version() const {
  return connection_
      ->read([&]() -> Result<std::int64_t> {
        return connection_->database.execAndGet("PRAGMA data_version").getInt64();
      })
      .value_or(0);
}

std::string Study::contents() const {
  const auto read = connection_->read([&]() -> Result<std::string> {
    std::string text;
    for (const char* table :
         {"dataset", "split", "model", "run", "decision", "network", "search"}) {
      if (!connection_->database.tableExists(table)) continue;
      SQLite::Statement names(connection_->database,
                              fmt::format("SELECT id, name FROM {} ORDER BY id", table));
      while (names.executeStep())
        text += fmt::format("{} {} {}\n", table, names.getColumn(0).getInt64(),
                            names.getColumn(1).getString());
    }
    return text;
  });
  return read.value_or(std::string());
}

std::string Study::name() const {
  const fs::path& folder = connection_->folder;
  return folder.extension() == ".plumb" ? folder.stem().string() : folder.filename().string();
}

}  // namespace plumbline

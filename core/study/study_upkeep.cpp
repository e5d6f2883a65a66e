#include "core/study/study_upkeep.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/network_paths.h"
#include "core/study/own_files.h"
#include "core/study/run_energies.h"
#include "core/study/study_connection.h"
#include "core/types/count_text.h"
#include "core/types/plain_name.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int64_t>;

std::string_view table_of(StudyEntry entry) {
  switch (entry) {
    case StudyEntry::dataset: return "dataset";
    case StudyEntry::model: return "model";
    case StudyEntry::run: return "run";
    case StudyEntry::search: return "search";
    case StudyEntry::network: return "network";
  }
  return "";
}

template <class Value>
SQLite::Statement bound(SQLite::Database& database, const std::string& sql, const Value& value) {
  SQLite::Statement statement(database, sql);
  statement.bind(1, value);
  return statement;
}

Ids ids(SQLite::Statement statement) {
  Ids found;
  while (statement.executeStep()) found.push_back(statement.getColumn(0).getInt64());
  return found;
}

std::vector<std::string> texts(SQLite::Statement statement) {
  std::vector<std::string> found;
  while (statement.executeStep()) found.push_back(statement.getColumn(0).getString());
  return found;
}

Result<std::int64_t> entry_id(const StudyConnection& state, StudyEntry entry,
                              const std::string& name) {
  const std::string table(table_of(entry));
  const Ids found = ids(bound(state.database, "SELECT id FROM " + table + " WHERE name = ?", name));
  if (!found.empty()) return found.front();
  const auto names =
      texts(SQLite::Statement(state.database, "SELECT name FROM " + table + " ORDER BY id"));
  return bad_input(fmt::format("there is no {} '{}'", entry_word(entry), name),
                   state.folder.string(),
                   names.empty() ? std::string("the study has none")
                                 : fmt::format("there are: {}", fmt::join(names, ", ")));
}

/// Sets of predictions that a run's voters use; of r, an alias of `run`.
constexpr const char* sets_of_a_run =
    "SELECT p.id FROM run r JOIN run_split rs ON rs.run = r.id JOIN run_voter rv ON rv.run = r.id "
    "JOIN split t ON t.dataset = r.dataset AND t.name = rs.split JOIN model m ON m.name = rv.model "
    "JOIN prediction_set p ON p.split = t.id AND p.model = m.id AND p.view = rv.view AND "
    "((p.precision = r.precision AND p.decoder = r.decoder AND p.device_kind = r.device_kind) OR "
    "(m.file = '' AND p.precision = 'imported')) AND (p.condition = '' OR p.condition IN "
    "(SELECT rc.condition FROM run_condition rc WHERE rc.run = r.id)) ";

/// Everything that a removal deletes, by row.
struct Removal {
  std::int64_t entry = 0;
  Ids runs, sets, models, shards, searches;
  Dependents dependents;
};

/// The sets that no run uses but those that are removed. Imported predictions are their model's.
Ids sets_of_nobody_else(SQLite::Database& database, const Ids& runs) {
  const std::string list = fmt::format("({})", fmt::join(runs, ","));
  return ids(SQLite::Statement(
      database, std::string(sets_of_a_run) + "WHERE p.precision <> 'imported' AND r.id IN " + list +
                    " EXCEPT " + sets_of_a_run + "WHERE r.id NOT IN " + list));
}

/// Files whose rows all belong to the sets.
void add_files(const StudyConnection& state, Removal& removal) {
  const std::string list = fmt::format("({})", fmt::join(removal.sets, ","));
  SQLite::Statement files(
      state.database,
      "SELECT s.id, s.file FROM shard s WHERE s.id IN (SELECT shard FROM shard_row WHERE "
      "prediction_set IN " +
          list + ") AND NOT EXISTS (SELECT 1 FROM shard_row r WHERE r.shard = s.id AND " +
          "r.prediction_set NOT IN " + list + ")");
  while (files.executeStep()) {
    removal.shards.push_back(files.getColumn(0).getInt64());
    removal.dependents.files.push_back(fs::path("predictions") / files.getColumn(1).getString());
  }
  removal.dependents.predictions =
      state.database
          .execAndGet(
              "SELECT coalesce(sum(s.count), 0) FROM shard_row r JOIN shard s ON s.id = "
              "r.shard WHERE r.prediction_set IN " +
              list)
          .getInt64();
}

/// A file of a model that the study has trained itself.
void add_own_model(const StudyConnection& state, const std::string& name, Removal& removal) {
  for (const auto& text :
       texts(bound(state.database, "SELECT file FROM model WHERE name = ?", name))) {
    const fs::path file = text;
    const fs::path below = file.lexically_relative(state.folder);
    if (file.empty() || below.empty() || *below.begin() == "..") continue;
    removal.dependents.files.push_back(below);
    fs::path card = below;
    removal.dependents.files.push_back(card.replace_extension(".card.json"));
  }
}

/// What was measured of the runs' energy, by their ids, which later runs may have.
void add_energies(const StudyConnection& state, Removal& removal) {
  std::error_code code;
  for (const std::int64_t run : removal.runs)
    if (const fs::path below = energies_file(run); fs::exists(state.folder / below, code))
      removal.dependents.files.push_back(below);
}

/// Its weights, unless another network has the same, and its words.
void add_network_files(const StudyConnection& state, const std::string& name, Removal& removal) {
  for (const auto& file : texts(bound(state.database,
                                      "SELECT file FROM network n WHERE name = ? AND NOT EXISTS "
                                      "(SELECT 1 FROM network o WHERE o.file = n.file AND o.id <> "
                                      "n.id)",
                                      name)))
    removal.dependents.files.push_back(file);
  std::error_code code;
  if (const fs::path below = words_file(name); fs::exists(state.folder / below, code))
    removal.dependents.files.push_back(below);
}

Result<Removal> plan_removal(const StudyConnection& state, StudyEntry entry,
                             const std::string& name) {
  auto& database = state.database;
  const auto id = entry_id(state, entry, name);
  TRY(id);
  Removal removal;
  removal.entry = *id;
  Dependents& dependents = removal.dependents;
  switch (entry) {
    case StudyEntry::run:
      removal.runs = {*id};
      removal.sets = sets_of_nobody_else(database, removal.runs);
      break;
    case StudyEntry::model:
      removal.models = {*id};
      removal.runs =
          ids(bound(database, "SELECT DISTINCT run FROM run_voter WHERE model = ?", name));
      removal.sets = ids(bound(database, "SELECT id FROM prediction_set WHERE model = ?", *id));
      add_own_model(state, name, removal);
      break;
    case StudyEntry::dataset: {
      removal.runs = ids(bound(database, "SELECT id FROM run WHERE dataset = ?", *id));
      removal.sets = ids(bound(
          database,
          "SELECT id FROM prediction_set WHERE split IN (SELECT id FROM split WHERE dataset = ?)",
          *id));
      removal.models = ids(SQLite::Statement(
          database, fmt::format("SELECT DISTINCT m.id FROM model m JOIN prediction_set p ON "
                                "p.model = m.id WHERE m.file = '' AND NOT EXISTS (SELECT 1 FROM "
                                "prediction_set o WHERE o.model = m.id AND o.id NOT IN ({}))",
                                fmt::join(removal.sets, ","))));
      for (const char* table : {"item_tag", "item_note", "sample_tag", "note"})
        if (database.tableExists(table))
          dependents.remarks +=
              ids(bound(database,
                        fmt::format("SELECT count(*) FROM {} WHERE split IN (SELECT id FROM split "
                                    "WHERE dataset = ?)",
                                    table),
                        *id))
                  .front();
      break;
    }
    case StudyEntry::search:
      removal.searches = {*id};
      dependents.networks =
          texts(bound(database, "SELECT name FROM network WHERE search = ? ORDER BY id", name));
      dependents.files.push_back(search_files(name));
      break;
    case StudyEntry::network:
      removal.searches =
          ids(bound(database, "SELECT id FROM search WHERE base = ? ORDER BY id", name));
      dependents.searches =
          texts(bound(database, "SELECT name FROM search WHERE base = ? ORDER BY id", name));
      dependents.networks =
          texts(bound(database,
                      "SELECT name FROM network WHERE name <> ?1 AND (base = ?1 OR search IN "
                      "(SELECT name FROM search WHERE base = ?1)) ORDER BY id",
                      name));
      dependents.found_by =
          texts(bound(database, "SELECT search FROM network WHERE name = ?", name)).front();
      for (const std::string& search : dependents.searches)
        dependents.files.push_back(search_files(search));
      add_network_files(state, name, removal);
      break;
  }
  const auto names = [&](std::string_view table, const Ids& rows) {
    return texts(
        SQLite::Statement(database, fmt::format("SELECT name FROM {} WHERE id IN ({}) ORDER BY id",
                                                table, fmt::join(rows, ","))));
  };
  if (entry != StudyEntry::run) dependents.runs = names("run", removal.runs);
  if (database.tableExists("decision"))
    dependents.decisions = texts(SQLite::Statement(
        database, fmt::format("SELECT name FROM decision WHERE run IN ({}) ORDER BY id",
                              fmt::join(removal.runs, ","))));
  if (entry != StudyEntry::model) dependents.models = names("model", removal.models);
  add_files(state, removal);
  add_energies(state, removal);
  // As is_own_file() reads them: for the system "link/.." is where the link leads, not this folder.
  for (fs::path& below : dependents.files) below = below.lexically_normal();
  std::erase_if(dependents.files,
                [&](const fs::path& below) { return !is_own_file(state.folder, below); });
  for (const fs::path& below : dependents.files) {
    std::error_code code;
    const fs::path path = state.folder / below;
    if (fs::is_symlink(path, code)) continue;  // itself is removed, not what it leads to
    if (fs::is_directory(path, code)) {
      for (auto file = fs::recursive_directory_iterator(path, code);
           !code && file != fs::recursive_directory_iterator(); file.increment(code))
        if (file->is_regular_file(code)) dependents.bytes += file->file_size(code);
    } else if (const auto size = fs::file_size(path, code); !code) {
      dependents.bytes += size;
    }
  }
  return removal;
}

/// Who learned from a network says so in the record of its training.
void rename_teacher(SQLite::Database& database, const std::string& name, const std::string& to) {
  SQLite::Statement statement(database,
                              "UPDATE network SET training = json_set(training, '$.teacher', ?) "
                              "WHERE json_valid(training) AND json_extract(training, '$.teacher') "
                              "= ?");
  statement.bind(1, to);
  statement.bind(2, name);
  statement.exec();
}

/// Weights and words go by the network's name. A later network of the old name would write over
/// what kept it.
Result<RenamedFiles> rename_network_files(const StudyConnection& state, std::int64_t id,
                                          const std::string& name, const std::string& to) {
  std::error_code code;
  if (fs::exists(fs::symlink_status(state.folder / network_checkpoint(to), code)))
    return bad_input(fmt::format("the training of '{}' was begun and is not complete", to),
                     (state.folder / network_checkpoint(to)).string(),
                     "choose another name, or finish that training");
  std::vector<FileRenaming> moves;
  const auto move = [&](const fs::path& from, const fs::path& target) {
    // What lies at the new name is never taken for the network's own.
    if (fs::exists(fs::symlink_status(state.folder / from, code)) ||
        fs::exists(fs::symlink_status(state.folder / target, code)))
      moves.emplace_back(from, target);
  };
  const std::string named =
      texts(bound(state.database, "SELECT file FROM network WHERE id = ?", id)).front();
  const Ids sharing = ids(bound(state.database, "SELECT id FROM network WHERE file = ?", named));
  // As who reads them takes it: for the system "link/.." is where the link leads.
  const fs::path weights = fs::path(named).lexically_normal();
  // Those of several networks stay where the others look for them.
  const fs::path target = sharing.size() > 1 ? weights : network_file(to);
  if (!weights.empty() && target != weights) move(weights, target);
  // A name that is none, of a study from elsewhere, is no file's.
  if (check_plain_name(name, "a network", "--network")) move(words_file(name), words_file(to));
  auto files = RenamedFiles::begin(state.folder, moves);
  TRY(files);
  SQLite::Statement statement(state.database, "UPDATE network SET file = ? WHERE id = ?");
  statement.bind(1, target.string());
  statement.bind(2, id);
  statement.exec();
  return files;
}

void delete_rows(SQLite::Database& database, std::string_view table, std::string_view column,
                 const Ids& rows) {
  if (!rows.empty())
    database.exec(
        fmt::format("DELETE FROM {} WHERE {} IN ({})", table, column, fmt::join(rows, ",")));
}

}  // namespace

std::string_view entry_word(StudyEntry entry) {
  return entry == StudyEntry::dataset ? "data set" : table_of(entry);
}

bool Dependents::any() const {
  return !runs.empty() || !decisions.empty() || !models.empty() || !searches.empty() ||
         predictions > 0 || remarks > 0 || !files.empty();
}

std::string to_text(const Dependents& dependents) {
  std::vector<std::string> parts;
  const auto listed = [&](const char* one, const char* several,
                          const std::vector<std::string>& names) {
    if (!names.empty())
      parts.push_back(
          fmt::format("{} {}", names.size() == 1 ? one : several, fmt::join(names, ", ")));
  };
  listed("the run", "the runs", dependents.runs);
  listed("the search", "the searches", dependents.searches);
  listed("the decision", "the decisions", dependents.decisions);
  listed("the imported predictions", "the imported predictions", dependents.models);
  if (dependents.predictions > 0) parts.push_back(count_text(dependents.predictions, "prediction"));
  if (dependents.remarks > 0)
    parts.push_back(count_text(dependents.remarks, "tag or note", "tags and notes"));
  if (dependents.bytes > 0) {
    const auto bytes = static_cast<double>(dependents.bytes);
    parts.push_back(bytes < 1e5 ? fmt::format("{:.1f} kB", bytes / 1e3)
                                : fmt::format("{:.1f} MB", bytes / 1e6));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::vector<std::string> works_on(StudyEntry entry, const std::string& name,
                                  const Dependents& dependents) {
  std::vector<std::string> works;
  if (entry == StudyEntry::run) works.push_back("run " + name);
  if (entry == StudyEntry::search) works.push_back("search " + name);
  if (entry == StudyEntry::network) works.push_back("network " + name);
  for (const std::string& run : dependents.runs) works.push_back("run " + run);
  for (const std::string& search : dependents.searches) works.push_back("search " + search);
  // Its last stages read what it has found.
  if (!dependents.found_by.empty() &&
      std::ranges::find(dependents.searches, dependents.found_by) == dependents.searches.end())
    works.push_back("search " + dependents.found_by);
  return works;
}

Result<Dependents> StudyUpkeep::dependents(StudyEntry entry, const std::string& name) const {
  return state_->read([&]() -> Result<Dependents> {
    auto removal = plan_removal(*state_, entry, name);
    TRY(removal);
    return std::move(removal->dependents);
  });
}

Result<Dependents> StudyUpkeep::remove_entry(StudyEntry entry, const std::string& name) {
  auto removed = state_->write([&]() -> Result<Dependents> {
    auto& database = state_->database;
    auto removal = plan_removal(*state_, entry, name);
    TRY(removal);
    delete_rows(database, "run", "id", removal->runs);
    delete_rows(database, "prediction_set", "id", removal->sets);
    delete_rows(database, "shard", "id", removal->shards);
    delete_rows(database, "model", "id", removal->models);
    if (entry == StudyEntry::dataset) delete_rows(database, "dataset", "id", {removal->entry});
    // Else a new search or network of the same name would take what stays for its own.
    if (!removal->searches.empty())
      database.exec(
          fmt::format("UPDATE network SET search = '' WHERE search IN (SELECT name FROM search "
                      "WHERE id IN ({}))",
                      fmt::join(removal->searches, ",")));
    delete_rows(database, "search", "id", removal->searches);
    if (entry == StudyEntry::network) {
      delete_rows(database, "network", "id", {removal->entry});
      bound(database, "UPDATE network SET base = '' WHERE base = ?", name).exec();
      for (const char* measured : {"network_latency", "network_energy"})
        bound(database, fmt::format("UPDATE {} SET baseline = '' WHERE baseline = ?", measured),
              name)
            .exec();
    }
    return std::move(removal->dependents);
  });
  TRY(removed);
  // After the commit: a file that nobody names does no harm, a name without a file does.
  for (const fs::path& below : removed->files) {
    std::error_code code;
    fs::remove_all(state_->folder / below, code);
  }
  return removed;
}

Result<void> StudyUpkeep::rename_entry(StudyEntry entry, const std::string& name,
                                       const std::string& to) {
  TRY(check_plain_name(to, fmt::format("a {}", entry_word(entry)), "--to"));
  const fs::path from = state_->folder / search_files(name),
                 target = state_->folder / search_files(to);
  std::error_code code;
  // A damaged or hostile study may name a folder elsewhere, which stays where it is.
  const bool moves = entry == StudyEntry::search &&
                     check_plain_name(name, "a search", "--search") &&
                     is_own_file(state_->folder, search_files(name)) && fs::exists(from, code);
  std::optional<RenamedFiles> files;
  auto renamed = state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto id = entry_id(*state_, entry, name);
    TRY(id);
    if (name == to) return {};
    if (entry_id(*state_, entry, to))
      return bad_input(fmt::format("there is a {} '{}' already", entry_word(entry), to),
                       state_->folder.string(), "choose another name, or remove that one first");
    const auto update = [&](const std::string& table, const std::string& column) {
      SQLite::Statement statement(
          database, fmt::format("UPDATE {0} SET {1} = ? WHERE {1} = ?", table, column));
      statement.bind(1, to);
      statement.bind(2, name);
      statement.exec();
    };
    update(std::string(table_of(entry)), "name");
    if (entry == StudyEntry::model) update("run_voter", "model");
    if (entry == StudyEntry::network) {
      update("network", "base");
      for (const char* measured : {"network_latency", "network_energy"})
        update(measured, "baseline");
      update("search", "base");
      rename_teacher(database, name, to);
      auto own = rename_network_files(*state_, *id, name, to);
      TRY(own);
      files.emplace(std::move(*own));
    }
    if (entry != StudyEntry::search) return {};
    update("network", "search");
    if (!moves) return {};
    // Last, so that whatever fails before leaves the folder where it is.
    if (fs::exists(target, code))
      return bad_input("a folder of this name is in the way", target.string(),
                       "remove it, or choose another name");
    fs::rename(from, target, code);
    if (code) return bad_input("cannot be renamed: " + code.message(), from.string());
    return {};
  });
  // After the commit: until then the files have both names.
  if (renamed && files) files->keep();
  return renamed;
}

Result<std::vector<OutsideFile>> StudyUpkeep::outside_files() const {
  return state_->read([&]() -> Result<std::vector<OutsideFile>> {
    std::vector<OutsideFile> files;
    const auto add = [&](OutsideFile::Kind kind, const std::string& sql) {
      SQLite::Statement rows(state_->database, sql);
      while (rows.executeStep())
        files.push_back({kind, rows.getColumn(0).getInt64(), rows.getColumn(1).getString(),
                         rows.getColumn(2).getString(),
                         static_cast<std::uint64_t>(rows.getColumn(3).getInt64()),
                         rows.getColumn(4).getString()});
    };
    add(OutsideFile::Kind::source,
        "SELECT s.id, d.name, s.path, s.size, s.hash FROM source s JOIN dataset d ON d.id = "
        "s.dataset ORDER BY s.id");
    add(OutsideFile::Kind::model,
        "SELECT id, name, file, 0, hash FROM model WHERE file <> '' ORDER BY id");
    // The same text of several networks is one file.
    if (state_->database.tableExists("network"))
      add(OutsideFile::Kind::text,
          "SELECT 0, min(name), file, 0, hash FROM (SELECT name, json_extract(text, '$.file') AS "
          "file, json_extract(text, '$.hash') AS hash FROM network WHERE json_valid(text) UNION "
          "ALL "
          "SELECT name, json_extract(text, '$.file'), json_extract(text, '$.hash') FROM search "
          "WHERE json_valid(text)) WHERE file IS NOT NULL GROUP BY file, hash");
    return files;
  });
}

Result<std::vector<ImportedImage>> StudyUpkeep::images_of(std::int64_t source) const {
  return state_->read([&]() -> Result<std::vector<ImportedImage>> {
    std::vector<ImportedImage> images;
    auto rows =
        bound(state_->database, "SELECT name, size, hash FROM sample WHERE source = ?", source);
    while (rows.executeStep())
      images.push_back({rows.getColumn(0).getString(),
                        static_cast<std::uint64_t>(rows.getColumn(1).getInt64()),
                        rows.getColumn(2).getString()});
    return images;
  });
}

Result<void> StudyUpkeep::move_files(
    const std::vector<std::pair<OutsideFile, std::filesystem::path>>& moves) {
  return state_->write([&]() -> Result<void> {
    auto& database = state_->database;
    const auto update = [&](const std::string& sql, const fs::path& to, const auto& which) {
      SQLite::Statement statement(database, sql);
      statement.bind(1, to.string());
      statement.bind(2, which);
      statement.exec();
    };
    for (const auto& [file, to] : moves) {
      if (file.kind == OutsideFile::Kind::source)
        update("UPDATE source SET path = ? WHERE id = ?", to, file.id);
      else if (file.kind == OutsideFile::Kind::model)
        update("UPDATE model SET file = ? WHERE id = ?", to, file.id);
      else
        for (const char* table : {"network", "search"})
          update(fmt::format("UPDATE {} SET text = json_set(text, '$.file', ?) WHERE "
                             "json_valid(text) AND json_extract(text, '$.file') = ?",
                             table),
                 to, file.path.string());
    }
    return {};
  });
}

}  // namespace plumbline

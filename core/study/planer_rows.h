#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "core/planer/front/latency_table.h"
#include "core/study/planer_documents.h"
#include "core/study/sittings.h"
#include "core/study/study_connection.h"
#include "core/study/study_language.h"

namespace plumbline {

/// What the stores of language models write and read alike.

/// Device, batch, length, memory and precision, in five columns from `first` on.
void bind_key(SQLite::Statement& statement, int first, const StepKey& key);
StepKey key_at(SQLite::Statement& row, int first);

/// The row id of a network. Error: there is none of that name.
Result<std::int64_t> network_id(const StudyConnection& state, const std::string& name);

/// Where something is wrong: "…/study.sqlite: network 'base', config".
std::string planer_place(const StudyConnection& state, std::string_view kind, std::string_view name,
                         std::string_view part);

/// The tables of options that a study keeps as documents, one for a configuration and a key.
/// `what`: "latency", "energy"; `parse`: parse_latency_table, parse_energy_table.

/// Keeps a table in place of the one before. Errors: what could not be read back; the study's.
template <class Table, class Parse>
Result<void> keep_option_table(StudyConnection& state, std::string_view what, const Table& table,
                               const Parse& parse) {
  // What cannot be read back is refused now: NaN is null in JSON.
  const std::string text = document_text(to_json(table)), words = fmt::format("{} table", what);
  const auto again = read_document(text, words);
  TRY(again);
  TRY(parse(*again, words));
  return state.write([&]() -> Result<void> {
    auto& database = state.database;
    SQLite::Statement same(database,
                           fmt::format("SELECT id, document FROM {}_table WHERE device = ? AND "
                                       "batch = ? AND length = ? AND memory = ? AND precision = ?",
                                       what));
    bind_key(same, 1, table.key);
    std::vector<std::int64_t> replaced;
    while (same.executeStep()) {
      const auto document = read_document(same.getColumn(1).getString(), "");
      const auto other =
          document ? parse(*document, "") : Result<Table>(tl::unexpected(document.error()));
      // A damaged one is of no use to anybody.
      if (!other || same_costs(other->config, table.config))
        replaced.push_back(same.getColumn(0).getInt64());
    }
    SQLite::Statement remove(database, fmt::format("DELETE FROM {}_table WHERE id = ?", what));
    for (const std::int64_t id : replaced) {
      remove.bind(1, id);
      remove.exec();
      remove.reset();
    }
    SQLite::Statement insert(database,
                             fmt::format("INSERT INTO {}_table(device, batch, length, memory, "
                                         "precision, document) VALUES(?, ?, ?, ?, ?, ?)",
                                         what));
    bind_key(insert, 1, table.key);
    insert.bind(6, text);
    insert.exec();
    return {};
  });
}

/// All of them, oldest first; none in a study of an earlier version. Errors name the damaged one.
template <class Table, class Parse>
Result<std::vector<Table>> kept_option_tables(const StudyConnection& state, std::string_view what,
                                              const Parse& parse) {
  return state.read([&]() -> Result<std::vector<Table>> {
    std::vector<Table> tables;
    if (!state.database.tableExists(fmt::format("{}_table", what))) return tables;
    SQLite::Statement rows(state.database,
                           fmt::format("SELECT device, document FROM {}_table ORDER BY id", what));
    while (rows.executeStep()) {
      const auto where = planer_place(state, fmt::format("{} table of", what),
                                      rows.getColumn(0).getString(), "document");
      const auto document = read_document(rows.getColumn(1).getString(), where);
      TRY(document);
      auto table = parse(*document, where);
      TRY(table);
      tables.push_back(std::move(*table));
    }
    return tables;
  });
}

/// Why a table that the study has stays and `table` is not kept; empty: it is. `known`: the
/// study's, or why they cannot be read: where any table is damaged none is compared, and the new
/// one takes its place.
template <class Table>
std::string why_other_table_stays(const Result<std::vector<Table>>& known, const Table& table) {
  if (!known) return "";
  for (const Table& other : *known)
    if (other.key == table.key && same_costs(other.config, table.config))
      if (std::string why = why_known_stays(other, table); !why.empty()) return why;
  return "";
}

/// The same of what was measured of a network, which is compared with `existing`.
template <class Measured>
std::string why_other_stays(const Result<std::vector<Measured>>& known, const Measured& measured,
                            const std::string& existing) {
  if (!known) return "";
  for (const Measured& other : *known)
    if (other.network == measured.network && other.key == measured.key)
      if (std::string why = why_known_stays(other, measured, existing); !why.empty()) return why;
  return "";
}

/// The existing network that the one of that name is compared with (sittings.h). Error:
/// there is none of that name.
Result<std::string> existing_network_of(const StudyLanguage& study, const std::string& network);

}  // namespace plumbline

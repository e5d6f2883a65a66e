#include "core/study/planer_rows.h"

#include <fmt/format.h>

namespace plumbline {

void bind_key(SQLite::Statement& statement, int first, const StepKey& key) {
  statement.bind(first, key.device);
  statement.bind(first + 1, key.batch);
  statement.bind(first + 2, key.length);
  statement.bind(first + 3, key.memory);
  statement.bind(first + 4, key.precision);
}

StepKey key_at(SQLite::Statement& row, int first) {
  return {row.getColumn(first).getString(), row.getColumn(first + 1).getInt64(),
          row.getColumn(first + 2).getInt64(), row.getColumn(first + 3).getInt64(),
          row.getColumn(first + 4).getString()};
}

Result<std::int64_t> network_id(const StudyConnection& state, const std::string& name) {
  SQLite::Statement find(state.database, "SELECT id FROM network WHERE name = ?");
  find.bind(1, name);
  if (find.executeStep()) return find.getColumn(0).getInt64();
  return bad_input(fmt::format("there is no network '{}'", name), state.folder.string());
}

std::string planer_place(const StudyConnection& state, std::string_view kind, std::string_view name,
                         std::string_view part) {
  return fmt::format("{}: {} '{}', {}", (state.folder / "study.sqlite").string(), kind, name, part);
}

Result<std::string> existing_network_of(const StudyLanguage& study, const std::string& network) {
  const auto info = study.network(network);
  TRY(info);
  const auto searches = study.searches();
  TRY(searches);
  return existing_network_of(*info, *searches);
}

}  // namespace plumbline

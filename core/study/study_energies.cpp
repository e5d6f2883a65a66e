// What language models draw: a study's tables of energies, and its networks' energies.

#include "core/study/planer_documents.h"
#include "core/study/planer_rows.h"
#include "core/study/study_connection.h"
#include "core/study/study_language.h"

namespace plumbline {

namespace {

constexpr std::size_t longest_energy_source = 256;
constexpr double most_watts_at_rest = 1e6;

/// A study of an earlier version that may not be written has no such tables.
bool has_energies(SQLite::Database& database) { return database.tableExists("energy_table"); }

void bind_energy(SQLite::Statement& statement, int first, const TokenEnergy& energy) {
  statement.bind(first, energy.joules);
  statement.bind(first + 1, energy.spread);
  statement.bind(first + 2, energy.idle);
  statement.bind(first + 3, energy.repeats);
}

TokenEnergy energy_at(SQLite::Statement& row, int first) {
  return {row.getColumn(first).getDouble(), row.getColumn(first + 1).getDouble(),
          row.getColumn(first + 2).getDouble(), row.getColumn(first + 3).getInt()};
}

bool is_sensible_energy(const NetworkEnergy& energy) {
  return is_sensible(energy.measured) && is_sensible(energy.baseline_measured) &&
         energy.idle_watts >= 0 && energy.idle_watts <= most_watts_at_rest &&
         energy.source.size() <= longest_energy_source;
}

}  // namespace

Result<void> StudyLanguage::set_energy_table(const EnergyTable& table) {
  return keep_option_table(*state_, "energy", table, parse_energy_table);
}

Result<std::string> StudyLanguage::keep_energy_table(const EnergyTable& table, KeptSitting which) {
  if (which == KeptSitting::quieter)
    if (std::string why = why_other_table_stays(energy_tables(), table); !why.empty()) return why;
  TRY(set_energy_table(table));
  return std::string();
}

Result<std::vector<EnergyTable>> StudyLanguage::energy_tables() const {
  return kept_option_tables<EnergyTable>(*state_, "energy", parse_energy_table);
}

Result<void> StudyLanguage::set_network_energy(const NetworkEnergy& energy) {
  if (!is_sensible_energy(energy)) return bad_input("the energy is out of range", energy.network);
  return state_->write([&]() -> Result<void> {
    const auto id = network_id(*state_, energy.network);
    TRY(id);
    SQLite::Statement replace(state_->database,
                              "INSERT OR REPLACE INTO network_energy "
                              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    replace.bind(1, *id);
    bind_key(replace, 2, energy.key);
    bind_energy(replace, 7, energy.measured);
    replace.bind(11, energy.baseline);
    bind_energy(replace, 12, energy.baseline_measured);
    replace.bind(16, energy.idle_watts);
    replace.bind(17, energy.source);
    replace.exec();
    return {};
  });
}

Result<std::string> StudyLanguage::keep_network_energy(const NetworkEnergy& energy,
                                                       KeptSitting which) {
  if (which == KeptSitting::quieter) {
    const auto existing = existing_network_of(*this, energy.network);
    TRY(existing);
    if (std::string why = why_other_stays(network_energies(), energy, *existing); !why.empty())
      return why;
  }
  TRY(set_network_energy(energy));
  return std::string();
}

Result<std::vector<NetworkEnergy>> StudyLanguage::network_energies() const {
  return state_->read([&]() -> Result<std::vector<NetworkEnergy>> {
    std::vector<NetworkEnergy> energies;
    if (!has_energies(state_->database)) return energies;
    SQLite::Statement rows(
        state_->database,
        "SELECT n.name, e.device, e.batch, e.length, e.memory, e.precision, e.joules, "
        "e.joules_spread, e.joules_idle, e.repeats, e.baseline, e.baseline_joules, "
        "e.baseline_joules_spread, e.baseline_joules_idle, e.baseline_repeats, e.idle_watts, "
        "e.source FROM network_energy e JOIN network n ON n.id = e.network "
        "ORDER BY n.id, e.device, e.batch, e.length, e.memory, e.precision");
    while (rows.executeStep()) {
      energies.push_back({rows.getColumn(0).getString(), key_at(rows, 1), energy_at(rows, 6),
                          rows.getColumn(10).getString(), energy_at(rows, 11),
                          rows.getColumn(15).getDouble(), rows.getColumn(16).getString()});
      if (!is_sensible_energy(energies.back()))
        return bad_input("is damaged",
                         planer_place(*state_, "network", energies.back().network, "energy"),
                         "measure it again: plumbline-engine planer evaluate --energy");
    }
    return energies;
  });
}

}  // namespace plumbline

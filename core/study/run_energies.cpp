#include "core/study/run_energies.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int energies_version = 1;
constexpr std::size_t longest_energies_file = 16 << 20, longest_energy_word = 1000;
constexpr std::size_t most_measured_voters = 65536, longest_voter_word = 65536;
/// No device takes as much for 1,000 images, nor as long.
constexpr double most_joules = 1e12, most_watts = 1e6, most_seconds = 1e9;

ordered_json json_of_energy(const VoterEnergy& energy) {
  return {{"joules_per_1000", energy.joules},
          {"joules_spread_per_1000", energy.spread},
          {"joules_idle_per_1000", energy.idle_joules},
          {"seconds_per_1000", energy.seconds},
          {"batch", energy.batch},
          {"repeats", energy.repeats}};
}

VoterEnergy energy_of_json(JsonObject& object) {
  VoterEnergy energy;
  energy.joules = object.number("joules_per_1000", 0, most_joules);
  energy.spread = object.number("joules_spread_per_1000", 0, most_joules);
  energy.idle_joules = object.number("joules_idle_per_1000", 0, most_joules);
  energy.seconds = object.number("seconds_per_1000", 0, most_seconds);
  energy.batch = static_cast<int>(object.integer("batch", 1, std::numeric_limits<int>::max()));
  energy.repeats = static_cast<int>(object.integer("repeats", 1, std::numeric_limits<int>::max()));
  return energy;
}

Result<RunEnergies> parse_energies(const std::string& text, const std::string& where,
                                   const RunInfo& run) {
  const auto json = parse_json(text, where);
  TRY(json);
  JsonErrors errors{where, "measure again with run --energy, or remove the file", {}};
  JsonObject object(*json, "", errors);
  RunEnergies energies;
  object.integer("version", energies_version, energies_version);
  energies.device = object.text("device", longest_energy_word);
  energies.source = object.text("source", longest_energy_word);
  energies.measured_at = object.text("measured_at", longest_energy_word);
  energies.idle_watts = object.number("idle_watts", 0, most_watts);
  const auto& voters = object.list("voters", most_measured_voters);
  if (!errors.first && voters.size() != run.voters.size())
    object.wrong("voters", fmt::format("{} entries, one per voter of the run", run.voters.size()));
  for (std::size_t v = 0; v < voters.size() && !errors.first; ++v) {
    JsonObject entry(voters[v], fmt::format("voters[{}].", v), errors);
    entry.text("voter", longest_voter_word);  // for people: what counts is the place
    if (entry.has("reason")) {
      energies.voters.emplace_back();
      energies.reasons.push_back(entry.text("reason", longest_energy_word));
    } else {
      energies.voters.emplace_back(energy_of_json(entry));
      energies.reasons.emplace_back();
    }
    entry.refuse_unknown();
  }
  object.refuse_unknown();
  if (errors.first) return tl::unexpected(*errors.first);
  return energies;
}

}  // namespace

fs::path energies_file(std::int64_t run) {
  return fs::path("energies") / fmt::format("{}.json", run);
}

Result<void> write_run_energies(const Study& study, const RunInfo& run,
                                const RunEnergies& energies) {
  ordered_json voters = ordered_json::array();
  for (std::size_t v = 0; v < energies.voters.size(); ++v) {
    ordered_json entry = {{"voter", to_string(run.voters[v])}};
    if (energies.voters[v])
      entry.update(json_of_energy(*energies.voters[v]));
    else
      entry["reason"] = energies.reasons[v].substr(0, longest_energy_word);
    voters.push_back(std::move(entry));
  }
  const ordered_json document = {
      {"version", energies_version},       {"device", energies.device},
      {"source", energies.source},         {"measured_at", energies.measured_at},
      {"idle_watts", energies.idle_watts}, {"voters", std::move(voters)}};
  const fs::path file = study.folder() / energies_file(run.id);
  std::error_code code;
  fs::create_directories(file.parent_path(), code);
  return write_file_atomically(
      file, document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

Result<std::optional<RunEnergies>> read_run_energies(const Study& study, const RunInfo& run) {
  const fs::path file = study.folder() / energies_file(run.id);
  std::error_code code;
  if (!fs::exists(file, code)) return std::optional<RunEnergies>();
  const auto bytes = read_whole_file(file, longest_energies_file);
  TRY(bytes);
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  auto energies = parse_energies(text, file.string(), run);
  TRY(energies);
  return std::optional(std::move(*energies));
}

KnownEnergies known_energies(const Study& study, const RunInfo& run,
                             std::span<const std::size_t> voters) {
  KnownEnergies known;
  const auto energies = read_run_energies(study, run);
  if (!energies) {
    known.missing = to_string(energies.error());
    return known;
  }
  if (!*energies) {
    known.missing = "no energy was measured for this run's voters";
    return known;
  }
  for (const std::size_t v : voters) {
    const auto& energy = (*energies)->voters[v];
    known.joules.push_back(energy ? std::optional(energy->joules) : std::nullopt);
    if (!energy && known.missing.empty())
      known.missing = fmt::format("the energy of {} was not measured: {}", to_string(run.voters[v]),
                                  (*energies)->reasons[v]);
  }
  return known;
}

}  // namespace plumbline

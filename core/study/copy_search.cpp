#include "core/study/copy_search.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/data/hash.h"
#include "core/study/network_paths.h"
#include "core/study/planer_documents.h"
#include "core/study/readable_rows.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// The existing network, whatever the search made, and what was trained further from that; oldest
/// first.
std::vector<NetworkInfo> networks_of(const SearchInfo& search,
                                     const std::vector<NetworkInfo>& networks) {
  std::vector<NetworkInfo> own;
  for (const NetworkInfo& network : networks) {
    const auto base = std::ranges::find(own, network.base, &NetworkInfo::name);
    const bool is_further = base != own.end() && base->name != search.base;
    if (network.name == search.base || network.search == search.name || is_further)
      own.push_back(network);
  }
  return own;
}

/// What the study that takes it calls the same text, or the file's name alone.
TextReference text_for(TextReference text, const std::vector<NetworkInfo>& known, TextPath path) {
  if (path == TextPath::name_only) {
    text.file = fs::path(text.file).filename().string();
    return text;
  }
  for (const NetworkInfo& network : known)
    if (network.text && network.text->hash == text.hash) text.file = network.text->file;
  return text;
}

/// Copies one file of weights (or of words beside them); `hash` empty: none is known of it.
Result<void> copy_network_file(const fs::path& from, const fs::path& to, const std::string& hash) {
  std::error_code code;
  if (!fs::is_regular_file(fs::symlink_status(from, code)))
    return bad_input("a network's file is missing, or is a link", from.string(),
                     "copy the whole study again");
  fs::create_directories(to.parent_path(), code);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
  if (code) return fail(ErrorKind::device, "cannot be copied: " + code.message(), to.string());
  if (hash.empty()) return {};
  // Of the copy, so that a file that changes meanwhile is found too.
  const auto copied = hash_file(to);
  TRY(copied);
  if (*copied == hash) return {};
  fs::remove(to, code);
  return bad_input("a network's file is not what its study names: it was changed or damaged",
                   from.string(), "copy the whole study again");
}

/// Weights, and words where there are some. They go where this program keeps them, whatever a study
/// from elsewhere says of its own.
Result<void> copy_files(const Study& from, const Study& to, const NetworkInfo& network) {
  TRY(copy_network_file(from.folder() / network.file, to.folder() / network_file(network.name),
                        network.hash));
  const fs::path words = words_file(network.name);
  std::error_code code;
  if (!fs::exists(from.folder() / words, code)) return {};
  return copy_network_file(from.folder() / words, to.folder() / words, "");
}

/// Whether the study has it already. Error: another network of that name.
Result<bool> is_known(const NetworkInfo& network, const std::vector<NetworkInfo>& known,
                      const Study& to) {
  const auto same = std::ranges::find(known, network.name, &NetworkInfo::name);
  if (same == known.end()) return false;
  if (same->hash == network.hash && same->architecture == network.architecture) return true;
  return bad_input(fmt::format("the study has another network '{}'", network.name),
                   to.folder().string(),
                   "rename that one first: plumbline-engine rename --network");
}

/// What was measured of the search's own kind of cost has to be readable; without the other kind
/// the copy goes on, and says so.
template <class Row>
Result<std::vector<Row>> readable(Result<std::vector<Row>> rows, CostKind kind,
                                  const SearchInfo& search, std::string_view which,
                                  CopiedSearch& copied) {
  if (kind == search.cost) return rows;
  return readable_rows(std::move(rows), which, copied.damaged);
}

Result<void> copy_latencies(const Study& from, Study& to, const SearchInfo& search,
                            const std::vector<NetworkInfo>& networks, CopiedSearch& copied) {
  const auto tables =
      readable(from.latency_tables(), CostKind::latency, search, "the latency tables", copied);
  TRY(tables);
  for (const LatencyTable& table : *tables) {
    if (!(table.key == search.key) || !same_costs(table.config, search.config)) continue;
    const auto why = to.keep_latency_table(table, KeptSitting::quieter);
    TRY(why);
    ++(why->empty() ? copied.latencies : copied.quieter_latencies);
  }
  const auto latencies = readable(from.network_latencies(), CostKind::latency, search,
                                  "the networks' latencies", copied);
  TRY(latencies);
  for (const NetworkLatency& latency : *latencies) {
    if (std::ranges::find(networks, latency.network, &NetworkInfo::name) == networks.end())
      continue;
    const auto why = to.keep_network_latency(latency, KeptSitting::quieter);
    TRY(why);
    ++(why->empty() ? copied.latencies : copied.quieter_latencies);
  }
  return {};
}

Result<void> copy_energies(const Study& from, Study& to, const SearchInfo& search,
                           const std::vector<NetworkInfo>& networks, CopiedSearch& copied) {
  const auto tables =
      readable(from.energy_tables(), CostKind::energy, search, "the energy tables", copied);
  TRY(tables);
  for (const EnergyTable& table : *tables) {
    if (!(table.key == search.key) || !same_costs(table.config, search.config)) continue;
    const auto why = to.keep_energy_table(table, KeptSitting::quieter);
    TRY(why);
    ++(why->empty() ? copied.energies : copied.quieter_energies);
  }
  const auto energies =
      readable(from.network_energies(), CostKind::energy, search, "the networks' energies", copied);
  TRY(energies);
  for (const NetworkEnergy& energy : *energies) {
    if (std::ranges::find(networks, energy.network, &NetworkInfo::name) == networks.end()) continue;
    const auto why = to.keep_network_energy(energy, KeptSitting::quieter);
    TRY(why);
    ++(why->empty() ? copied.energies : copied.quieter_energies);
  }
  return {};
}

Result<void> copy_course(const Study& from, Study& to, const SearchInfo& search) {
  const auto points = from.search_points(search.name);
  TRY(points);
  std::vector<double> targets;
  for (const SearchPoint& point : *points)
    if (std::ranges::find(targets, point.target) == targets.end()) targets.push_back(point.target);
  for (const double target : targets) {
    std::vector<SearchPoint> own;
    std::ranges::copy_if(*points, std::back_inserter(own),
                         [&](const SearchPoint& point) { return point.target == target; });
    TRY(to.set_search_points(search.name, target, own));
  }
  return {};
}

}  // namespace

Result<CopiedSearch> copy_search(const Study& from, Study& to, std::string_view name,
                                 TextPath text_path) {
  auto search = from.search(name);
  TRY(search);
  const auto all = from.networks();
  TRY(all);
  const auto known = to.networks();
  TRY(known);
  search->text = text_for(search->text, *known, text_path);
  std::vector<NetworkInfo> networks = networks_of(*search, *all);
  CopiedSearch copied;
  copied.search = search->name;
  std::vector<NetworkInfo> further;
  for (NetworkInfo& network : networks) {
    const auto there = is_known(network, *known, to);
    TRY(there);
    if (*there) {
      ++copied.known_networks;
      continue;
    }
    TRY(check_planer_name("a network", network.name));
    TRY(copy_files(from, to, network));
    network.file = network_file(network.name);
    if (network.text) network.text = text_for(*network.text, *known, text_path);
    further.push_back(network);
  }
  // Names what is whole: the search first, which refuses another one of its name.
  TRY(to.add_search(*search));
  for (const NetworkInfo& network : further) {
    TRY(to.add_network(network));
    copied.networks.push_back(network.name);
  }
  TRY(copy_course(from, to, *search));
  TRY(copy_latencies(from, to, *search, networks, copied));
  TRY(copy_energies(from, to, *search, networks, copied));
  return copied;
}

}  // namespace plumbline

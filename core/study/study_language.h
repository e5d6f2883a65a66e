#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/study/planer_records.h"
#include "core/types/error.h"

namespace plumbline {

struct StudyConnection;

/// Which of two measurements of the same thing, latencies or energies, a study keeps.
enum class KeptSitting { quieter, newer };

/// A study's language models and searches: empty in a read-only study of a version that had none.
/// Names are file names: not empty, at most 100 bytes, without ':', ',' or '/', no '.' in front.
class StudyLanguage {
 public:
  explicit StudyLanguage(std::shared_ptr<StudyConnection> connection)
      : state_(std::move(connection)) {}

  Result<std::vector<NetworkInfo>> networks() const;         ///< oldest first
  Result<NetworkInfo> network(std::string_view name) const;  ///< error names those there are
  /// A name that exists is an error, unless everything but `made_at` is equal.
  Result<void> add_network(const NetworkInfo& network);
  /// Replaces what is known of a network's validation loss.
  Result<void> set_validation(const std::string& network, const TextReference& text,
                              const MeasuredLoss& loss);
  /// The latest measurement of a network for a key replaces the one before.
  Result<void> set_network_latency(const NetworkLatency& latency);
  /// The same, unless the study has a quieter one and shall keep it (sittings.h): returns
  /// why what is known stays, in a sentence; empty: this one was taken.
  Result<std::string> keep_network_latency(const NetworkLatency& latency, KeptSitting which);
  Result<std::vector<NetworkLatency>> network_latencies() const;

  /// The latest table of a configuration (same_costs) for a key replaces the one before.
  Result<void> set_latency_table(const LatencyTable& table);
  /// The same, unless the study has a quieter one and shall keep it: returns as above.
  Result<std::string> keep_latency_table(const LatencyTable& table, KeptSitting which);
  Result<std::vector<LatencyTable>> latency_tables() const;

  /// Energies are kept as latencies are. Empty in a study of an earlier version.
  Result<void> set_energy_table(const EnergyTable& table);
  Result<std::string> keep_energy_table(const EnergyTable& table, KeptSitting which);
  Result<std::vector<EnergyTable>> energy_tables() const;
  Result<void> set_network_energy(const NetworkEnergy& energy);
  Result<std::string> keep_network_energy(const NetworkEnergy& energy, KeptSitting which);
  Result<std::vector<NetworkEnergy>> network_energies() const;

  Result<std::vector<SearchInfo>> searches() const;        ///< oldest first
  Result<SearchInfo> search(std::string_view name) const;  ///< error names those there are
  /// Adds a search; one of the same name with equal settings gets the further targets.
  Result<void> add_search(const SearchInfo& search);
  Result<void> set_loss_increments(const std::string& search, const LossIncrements& increments);
  /// Replaces the points of a target.
  Result<void> set_search_points(const std::string& search, double target,
                                 const std::vector<SearchPoint>& points);
  Result<std::vector<SearchPoint>> search_points(const std::string& search) const;

 private:
  std::shared_ptr<StudyConnection> state_;
};

}  // namespace plumbline

#pragma once
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/engine/planer/language_model.h"
#include "core/engine/planer/search_stages.h"

namespace plumbline {

class ArchitectureSearch;

/// Architectures that are compared with the found one are to cost this nearly as much, measured.
inline constexpr double equal_cost = 0.04;

/// Of architectures that were measured against the found one the one that costs most nearly as
/// much.
class NearestInCost {
 public:
  /// `ratio`: its cost as a multiple of the found one's.
  void offer(Architecture candidate, double ratio) {
    const double error = std::abs(ratio - 1);
    if (nearest_ && error >= error_) return;
    nearest_ = std::move(candidate);
    error_ = error;
  }
  bool is_any() const { return nearest_.has_value(); }
  /// Nothing nearer need be looked for.
  bool is_near() const { return nearest_ && error_ <= equal_cost; }
  /// Requires one.
  Architecture take() { return std::move(*nearest_); }

 private:
  std::optional<Architecture> nearest_;
  double error_ = 0;
};

/// What is finished of one target.
struct TargetState {
  double target = 0;
  std::optional<Architecture> found, free;
  std::vector<Architecture> random;
};

/// What the stages of a search share. Each stage is in a file of its own, named beside it.
struct SearchStages::State {
  const SearchPlan& plan;
  Study& study;
  Job& job;
  const CostTable& costs;
  const StepMeter* meter = nullptr;  ///< null where latency is saved
  PlanerText text;
  std::filesystem::path folder;
  std::vector<TargetState> targets;
  std::unique_ptr<LanguageModel> super;
  std::optional<LossIncrements> increments;

  /// The training part is shared between weights and α.
  TokenRange weights_range() const;
  TokenRange architecture_range() const;
  Result<TokenLanes> lanes(const TokenRange& range) const;

  /// The settings that a search's files must agree on; targets may be added.
  nlohmann::ordered_json settings() const;
  /// search.json: the settings and what is finished.
  Result<void> save() const;
  /// Writes the file where there is none yet.
  Result<void> load();
  TargetState& of(double target);

  std::filesystem::path warm_file() const { return folder / "warm.safetensors"; }
  Result<void> load_warm() const;

  // search_warm_up.cpp
  Result<void> train_super_network();
  Result<void> find_increments();
  /// One option a slot for a step of the warm-up.
  Mixture warm_path(std::int64_t step) const;

  /// search_target.cpp: trains α and weights in turns.
  Result<Architecture> search(double target);
  /// search_within_limit.cpp: the likeliest architecture that is measured within the target.
  Result<Architecture> within_when_measured(const ArchitectureSearch& search, double target);
  /// search_random_architectures.cpp: random architectures that cost as much as the found one when
  /// both are measured: a table's estimate errs by the kind of option, and those of a random
  /// architecture are others.
  Result<void> draw_random(double target, const Architecture& found);
  /// search_free_architecture.cpp: the free baseline, as dear as the found one when both are
  /// measured.
  Result<void> choose_free(double target, const Architecture& found);
  /// search_measuring.cpp: what the second network costs as a share of the first one's, both
  /// measured now in turns.
  Result<double> measured_ratio(const MeasuredNetwork& first, const MeasuredNetwork& second) const;
  /// How often `candidate` costs what `found` does.
  Result<double> measured_ratio(const Architecture& found, const Architecture& candidate) const;
  /// search_retraining.cpp: `number` counts networks of an origin, from 1; those that are alone
  /// have 0.
  Result<NetworkInfo> retrain(double target, NetworkOrigin origin, int number,
                              const Architecture& architecture);
  /// search_measuring.cpp: in turns with the baseline; the first network is the found one.
  Result<void> measure(const std::vector<NetworkInfo>& networks, double target);
};

}  // namespace plumbline

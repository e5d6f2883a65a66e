#include "core/review/run_catalogue.h"

#include <algorithm>

namespace plumbline {

Result<RunCatalogue> read_catalogue(const Study& study) {
  auto datasets = study.datasets();
  TRY(datasets);
  auto models = study.models();
  TRY(models);
  auto sets = study.all_prediction_sets();
  TRY(sets);
  auto runs = study.runs();
  TRY(runs);
  return RunCatalogue{std::move(*datasets), std::move(*models), std::move(*sets), std::move(*runs)};
}

std::optional<TimeEstimate> time_per_image(const RunCatalogue& catalogue, const RunTarget& target,
                                           const std::string& model, const View& view) {
  const PredictionSet* best = nullptr;
  int best_rank = 0;
  for (const PredictionSet& set : catalogue.sets) {
    if (!set.latency || set.latency->batch <= 0 || set.key.model != model ||
        set.key.device_kind != target.device_kind)
      continue;
    const int rank = 1 + 2 * (set.key.precision == target.precision) + (set.key.view == view);
    if (rank >= best_rank) {  // of equal ones the newest
      best = &set;
      best_rank = rank;
    }
  }
  if (best == nullptr) return std::nullopt;
  return TimeEstimate{best->latency->median_ms / best->latency->batch, best_rank < 4};
}

std::int64_t samples_there(const RunCatalogue& catalogue, const RunTarget& target,
                           const std::string& model, const View& view) {
  std::int64_t there = 0;
  for (const PredictionSet& set : catalogue.sets) {
    const bool imported = set.key.device_kind == "imported";
    if (set.key.dataset == target.dataset && set.key.split == target.split &&
        set.key.model == model && set.key.view == view && set.key.condition == target.condition &&
        (imported ||
         (set.key.precision == target.precision && set.key.device_kind == target.device_kind)))
      there = std::max(there, set.committed);
  }
  return std::min(there, target.samples);
}

bool is_imported(const ModelInfo& model) { return model.file.empty(); }

}  // namespace plumbline

#include "core/engine/planer/measure_increments.h"

#include "core/engine/planer/loss_evaluation.h"

namespace plumbline {

std::optional<LossIncrements> measure_increments(
    LanguageModel& model, const TokenLanes& lanes, std::int64_t memory, std::int64_t segments,
    const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  LossIncrements increments;
  increments.config = model.config();
  increments.base = baseline_architecture(model.config());
  std::int64_t total = 1, done = 0;
  for (const auto& slot : model.options()) total += static_cast<std::int64_t>(slot.size()) - 1;
  const auto loss = [&](const Architecture& architecture) {
    return evaluate_loss(model, architecture, lanes, memory, segments, {}).nats;
  };
  increments.base_loss = loss(increments.base);
  if (progress(++done, total)) return std::nullopt;
  for (std::size_t slot = 0; slot < model.options().size(); ++slot) {
    auto& row = increments.increments.emplace_back(slot_options().size());
    for (const OptionIndex option : model.options()[slot]) {
      Architecture changed = increments.base;
      changed[slot] = option;
      if (changed == increments.base) {
        row[option] = 0.0;
        continue;
      }
      row[option] = loss(changed) - increments.base_loss;
      if (progress(++done, total)) return std::nullopt;
    }
  }
  return increments;
}

}  // namespace plumbline

#include "core/engine/planer/search_state.h"

#include <algorithm>
#include <random>

#include <ATen/ATen.h>

#include "core/engine/planer/course.h"
#include "core/engine/planer/measure_increments.h"
#include "core/engine/planer/network_files.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Of the warm-up's steps, those along the baseline: what the others are measured against stays
/// good.
constexpr double baseline_share = 0.25;
/// Tokens on which an increment is measured: the same ones for all, so that their differences are
/// known better than the losses.
std::int64_t increment_tokens(c10::Device device) { return device.is_cuda() ? 98'304 : 8'192; }

}  // namespace

Mixture SearchStages::State::warm_path(std::int64_t step) const {
  std::mt19937_64 random(mixed_seed(plan.course.seed, 3, static_cast<std::uint64_t>(step)));
  Mixture mixture{baseline_architecture(plan.base.config), {}};
  if (static_cast<double>(random() >> 11) * 0x1p-53 < baseline_share) return mixture;
  for (std::size_t slot = 0; slot < mixture.chosen.size(); ++slot) {
    const auto& options = super->options()[slot];
    mixture.chosen[slot] = options[random() % options.size()];
  }
  return mixture;
}

Result<void> SearchStages::State::train_super_network() {
  // Options that the device cannot measure are not searched; nor are those that the search was
  // begun without, by an older table: they were neither warmed up nor is their loss known.
  const auto begun = study.search(plan.name);
  if (!begun) return tl::unexpected(begun.error());
  const auto is_unknown = [&](OptionIndex option) {
    return begun->increments &&
           std::ranges::none_of(begun->increments->increments, [&](const auto& row) {
             return option < row.size() && row[option].has_value();
           });
  };
  SlotOptions options = every_option(plan.base.config);
  for (auto& slot : options)
    std::erase_if(slot, [&](OptionIndex option) {
      return !costs.options[option] || std::ranges::count(plan.without, option) > 0 ||
             is_unknown(option);
    });
  super = std::make_unique<LanguageModel>(plan.base.config, options, plan.course.seed,
                                          plan.course.device, scalar_type(plan.course.precision));
  std::error_code code;
  if (!fs::exists(warm_file(), code)) {
    {
      auto base = load_network(study, plan.base, plan.course.device, at::kFloat);
      if (!base) return tl::unexpected(base.error());
      order_by_strength(**base);
      inherit_weights(**base, *super);
    }
    auto text_lanes = lanes(weights_range());
    if (!text_lanes) return tl::unexpected(text_lanes.error());
    WeightTrainer trainer(*super, *text_lanes, plan.course.trainer(plan.warm_up_steps, 2));
    Course course = weight_course(
        trainer, "warm-up", "warm-up/", plan.base.config.vocabulary,
        [&](std::int64_t step) { return warm_path(step); }, job);
    const fs::path checkpoint = folder / "warm-up.safetensors";
    if (auto run = run_course(course, job, checkpoint, settings().dump()); !run) return run;
    if (auto saved = save_tensors(warm_file(), {}, super->parameters().masters()); !saved)
      return saved;
    fs::remove(checkpoint, code);
  } else if (auto loaded = load_warm(); !loaded) {
    return loaded;
  }
  return {};
}

Result<void> SearchStages::State::find_increments() {
  const auto known = study.search(plan.name);
  if (!known) return tl::unexpected(known.error());
  increments = known->increments;
  if (increments) return {};
  auto text_lanes = lanes(architecture_range());
  if (!text_lanes) return tl::unexpected(text_lanes.error());
  const std::int64_t segments = std::clamp<std::int64_t>(
      increment_tokens(plan.course.device) / (plan.course.batch * plan.course.shape.length), 2,
      text_lanes->segments());
  increments = measure_increments(*super, *text_lanes, plan.course.shape.memory, segments,
                                  [&](std::int64_t done, std::int64_t total) {
                                    job.progress("loss increments", done, total, "options");
                                    return job.should_stop();
                                  });
  if (!increments) return tl::unexpected(cancelled_error("go on with --resume"));
  return study.set_loss_increments(plan.name, *increments);
}

Result<void> SearchStages::warm_up() {
  if (auto trained = state_->train_super_network(); !trained) return trained;
  return state_->find_increments();
}

}  // namespace plumbline

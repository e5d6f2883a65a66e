#include "core/engine/planer/search_state.h"

#include <algorithm>
#include <cmath>

#include "core/engine/planer/architecture_search.h"
#include "core/engine/planer/course.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

}  // namespace

Result<Architecture> SearchStages::State::search(double target) {
  if (auto loaded = load_warm(); !loaded) return tl::unexpected(loaded.error());
  auto weight_lanes = lanes(weights_range());
  if (!weight_lanes) return tl::unexpected(weight_lanes.error());
  auto architecture_lanes = lanes(architecture_range());
  if (!architecture_lanes) return tl::unexpected(architecture_lanes.error());
  ArchitectureSearchSettings settings;
  settings.steps = plan.search_steps;
  settings.target = target * *costs.estimate(plan.base.architecture);
  settings.memory = plan.course.shape.memory;
  settings.seed = mixed_seed(plan.course.seed, 4, static_cast<std::uint64_t>(target * 1e6));
  ArchitectureSearch search(*super, costs, *increments, *architecture_lanes, settings);
  auto weights = plan.course.trainer(plan.search_steps, 5);
  weights.learning_rate /= 2;  // the weights are warm
  WeightTrainer trainer(*super, *weight_lanes, weights);
  std::int64_t done = 0;
  std::vector<SearchPoint> points;
  const std::string name = "search " + shortest(target);

  Course course;
  course.phase = name;
  course.steps = plan.search_steps;
  course.report_every = std::max<std::int64_t>(
      settings.every, plan.search_steps / 100 / settings.every * settings.every);
  course.done = [&] { return done; };
  course.step = [&] {
    if (search.is_architecture_step(done))
      search.step_architecture(done);
    else
      trainer.step(search.draw(done));
    ++done;
  };
  course.report = [&](std::int64_t step) {
    const auto reading = search.read();
    const auto weight = trainer.read();
    if (!std::isfinite(reading.loss) || !std::isfinite(weight.loss)) return false;
    const double cost = search.expected_cost();
    const auto probabilities = search.probabilities();
    points.push_back({target, step, cost, reading.loss, probabilities});
    job.event("point", {{"search", plan.name},
                        {"target", target},
                        {"step", step},
                        {cost_key(plan.cost), cost},
                        {"loss", reading.loss},
                        {target_cost_key(plan.cost), settings.target},
                        {"temperature", search.temperature(step)},
                        {"probabilities", probabilities}});
    job.metric(name + "/loss/train", weight.loss, step);
    job.metric(name + (plan.cost == CostKind::latency ? "/latency_loss" : "/energy_loss"),
               reading.cost_loss, step);
    job.metric(name + "/entropy", reading.entropy, step);
    job.metric(name + "/gradient_norm", weight.gradient, step);
    if (const auto likely = search.likeliest_within(cost * 1.02))
      job.event("architecture", {{"search", plan.name},
                                 {"target", target},
                                 {"state", "searching"},
                                 {"options", plumbline::to_json(*likely)["options"]},
                                 {cost_key(plan.cost), *costs.estimate(*likely)}});
    return true;
  };
  course.state = [&] {
    NamedTensors all = trainer.state();
    for (auto& [key, tensor] : search.state()) all.emplace_back(key, tensor);
    // The points are part of the search's record.
    static_cast<void>(study.set_search_points(plan.name, target, points));
    return all;
  };
  course.place = [&] {
    SafetensorsMetadata place = trainer.place();
    place.emplace_back("search_step", std::to_string(done));
    return place;
  };
  course.restore = [&](const SafetensorsFile& file, const std::string& where) -> Result<void> {
    const std::string* step = file.find_metadata("search_step");
    const auto number = step ? parse_integer(*step) : std::nullopt;
    if (!number || *number < 0 || *number > plan.search_steps)
      return bad_input("the checkpoint is damaged", where, "remove it and begin again");
    if (auto memory = search.restore_memory(file, where); !memory) return memory;
    if (auto read = trainer.restore(file, where, search.state()); !read) return read;
    search.restored();
    done = *number;
    auto kept = study.search_points(plan.name);
    if (!kept) return tl::unexpected(kept.error());
    for (auto& point : *kept)
      if (point.target == target && point.step <= done) points.push_back(std::move(point));
    return {};
  };
  const fs::path checkpoint = folder / (name + ".safetensors");
  ordered_json own = this->settings();
  own["target"] = target;
  if (auto run = run_course(course, job, checkpoint, own.dump()); !run)
    return tl::unexpected(run.error());
  if (auto kept = study.set_search_points(plan.name, target, points); !kept)
    return tl::unexpected(kept.error());
  auto architecture = within_when_measured(search, target);
  if (!architecture) return architecture;
  of(target).found = *architecture;
  if (auto saved = save(); !saved) return tl::unexpected(saved.error());
  std::error_code code;
  fs::remove(checkpoint, code);
  return architecture;
}

}  // namespace plumbline

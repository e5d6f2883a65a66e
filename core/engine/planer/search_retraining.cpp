#include "core/engine/planer/search_state.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/engine/planer/course.h"
#include "core/engine/planer/load_teacher.h"
#include "core/engine/planer/network_files.h"
#include "core/study/planer_documents.h"
#include "core/types/number.h"
#include "core/types/utc_time.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string network_name(const SearchPlan& plan, double target, NetworkOrigin origin, int number) {
  std::string name = fmt::format("{}-{}", plan.name, shortest(target));
  if (origin != NetworkOrigin::found) name += fmt::format("-{}", origin_name(origin));
  if (number > 0) name += fmt::format("-{}", number);
  return name;
}

}  // namespace

Result<NetworkInfo> SearchStages::State::retrain(double target, NetworkOrigin origin, int number,
                                                 const Architecture& architecture) {
  const bool found = origin == NetworkOrigin::found;
  const std::string name = network_name(plan, target, origin, number);
  const auto networks = study.networks();
  if (!networks) return tl::unexpected(networks.error());
  const auto is_it = [&](const NetworkInfo& network) {
    return network.search == plan.name && network.architecture == architecture;
  };
  const auto named = std::ranges::find(*networks, name, &NetworkInfo::name);
  if (named != networks->end() && is_it(*named)) return *named;
  // It goes by another name where it was renamed since, or the search was. The same architecture is
  // retrained to the same weights, whichever of several random ones it was.
  const auto renamed = std::ranges::find_if(*networks, [&](const NetworkInfo& network) {
    return is_it(network) && network.origin == origin && network.target == target;
  });
  if (renamed != networks->end()) return *renamed;
  if (named != networks->end())
    return usage_error(fmt::format("the study has another network '{}'", name), "--name",
                       "give the search another name");
  ordered_json event = {{"search", plan.name},
                        {"target", target},
                        {"state", "retraining"},
                        {"network", name},
                        {"options", plumbline::to_json(architecture)["options"]},
                        {cost_key(plan.cost), *costs.estimate(architecture)}};
  if (found) job.event("architecture", event);
  LanguageModel model(plan.base.config, options_of(architecture), plan.course.seed,
                      plan.course.device, scalar_type(plan.course.precision));
  // All begin with the same shared weights, the found one too.
  if (auto loaded = load_warm(); !loaded) return tl::unexpected(loaded.error());
  inherit_weights(*super, model);
  auto all = lanes(text.parts.train);
  if (!all) return tl::unexpected(all.error());
  const auto begin = std::chrono::steady_clock::now();
  auto teacher = load_teacher(study, plan.base, plan.course);
  if (!teacher) return tl::unexpected(teacher.error());
  WeightTrainer trainer(model, *all, plan.course.trainer(plan.course.steps, 6),
                        std::move(*teacher));
  Course course = weight_course(
      trainer, found ? fmt::format("retraining {}", shortest(target)) : "retraining " + name,
      name + "/", plan.base.config.vocabulary,
      [mixture = Mixture{architecture, {}}](std::int64_t) { return mixture; }, job);
  const fs::path checkpoint = folder / (name + ".safetensors");
  ordered_json own = settings();
  own["network"] = name;
  own["options"] = plumbline::to_json(architecture)["options"];
  if (auto run = run_course(course, job, checkpoint, own.dump()); !run)
    return tl::unexpected(run.error());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto loss = evaluate_part(model, architecture, text, text.parts.validation,
                                  plan.course.validation_tokens, job, "validation " + name);
  if (!loss) return tl::unexpected(loss.error());
  NetworkInfo network;
  network.name = name;
  network.origin = origin;
  network.config = plan.base.config;
  network.architecture = architecture;
  network.base = plan.base.name;
  network.search = plan.name;
  network.target = target;
  network.target_cost = plan.cost;
  network.text = text.reference;
  network.validation = *loss;
  network.training = describe(plan.course);
  network.training["warm_up_steps"] = plan.warm_up_steps;
  network.training["search_steps"] = plan.search_steps;
  network.training["seconds"] = seconds;
  network.made_at = now_in_utc();
  auto saved = save_network(study, network, model, text.words);
  if (!saved) return saved;
  std::error_code code;
  fs::remove(checkpoint, code);
  return saved;
}

}  // namespace plumbline

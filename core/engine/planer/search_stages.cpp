#include "core/engine/planer/search_stages.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/data/file_handle.h"
#include "core/engine/planer/architecture_search.h"
#include "core/engine/planer/course.h"
#include "core/engine/planer/measure_increments.h"
#include "core/engine/planer/network_files.h"
#include "core/engine/planer/network_summary.h"
#include "core/planer/random_architecture.h"
#include "core/types/json_object.h"
#include "core/types/number.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Of the training part, for the weights; the rest is α's (Wu et al. 2019).
constexpr double weights_share = 0.8;
/// Of the warm-up's steps, those along the baseline: what the others are measured against stays
/// good.
constexpr double baseline_share = 0.25;
/// A found network may be this much slower than its target when it is measured.
constexpr double tolerance = 1.01;
/// Random architectures are to be measured this near to the found one.
constexpr double equal_latency = 0.04;
/// Below this share of its target a network could have been larger.
constexpr double spare = 0.95;
/// Tokens on which an increment is measured: the same ones for all, so that their differences are
/// known better than the losses.
std::int64_t increment_tokens(c10::Device device) { return device.is_cuda() ? 98'304 : 8'192; }

/// What is finished of one target.
struct TargetState {
  double target = 0;
  std::optional<Architecture> found;
  std::vector<Architecture> random;
};

ordered_json target_json(const TargetState& state) {
  ordered_json json = {{"target", state.target}};
  if (state.found) json["found"] = to_json(*state.found);
  json["random"] = ordered_json::array();
  for (const auto& architecture : state.random) json["random"].push_back(to_json(architecture));
  return json;
}

}  // namespace

struct SearchStages::State {
  const SearchPlan& plan;
  Study& study;
  Job& job;
  const LatencyTable& table;
  PlanerText text;
  fs::path folder;
  std::vector<TargetState> targets;
  std::unique_ptr<LanguageModel> super;
  std::optional<LossIncrements> increments;

  TokenRange weights_range() const {
    const TokenRange all = text.parts.train;
    return {all.first, static_cast<std::int64_t>(weights_share * static_cast<double>(all.count))};
  }
  TokenRange architecture_range() const {
    const TokenRange all = text.parts.train, weights = weights_range();
    return {weights.end(), all.count - weights.count};
  }
  Result<TokenLanes> lanes(const TokenRange& range) const {
    return TokenLanes::make(text.tokens, range, plan.course.batch, plan.course.shape.length,
                            text.reference.file);
  }

  /// The settings that a search's files must agree on; targets may be added.
  ordered_json settings() const {
    ordered_json json = describe(plan.course);
    json["warm_up_steps"] = plan.warm_up_steps;
    json["search_steps"] = plan.search_steps;
    json["base"] = plan.base.hash;
    json["text"] = text.reference.hash;
    json["latency"] = to_json(plan.step.key());
    return json;
  }

  Result<void> save() const {
    ordered_json json = {
        {"schema", 1}, {"settings", settings()}, {"targets", ordered_json::array()}};
    for (const auto& state : targets) json["targets"].push_back(target_json(state));
    return write_file_atomically(folder / "search.json", std::string_view(json.dump(1)));
  }

  Result<void> load() {
    const fs::path file = folder / "search.json";
    std::error_code code;
    if (!fs::exists(file, code)) return save();
    const auto bytes = read_whole_file(file, 1 << 24);
    if (!bytes) return tl::unexpected(bytes.error());
    const auto json =
        parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, file.string());
    if (!json) return tl::unexpected(json.error());
    const auto damaged = [&] {
      return bad_input("the search's file is damaged", file.string(), "remove the search's folder");
    };
    if (!json->is_object() || !json->contains("settings") || !json->contains("targets") ||
        !(*json)["targets"].is_array())
      return damaged();
    if (ordered_json((*json)["settings"]) != ordered_json(nlohmann::json(settings())))
      return usage_error(fmt::format("the search '{}' was begun with other settings", plan.name),
                         "--name", "give the same settings, or another name");
    for (const auto& entry : (*json)["targets"]) {
      if (!entry.is_object() || !entry.contains("target") || !entry["target"].is_number())
        return damaged();
      TargetState state;
      state.target = entry["target"].get<double>();
      const auto read = [&](const nlohmann::json& source) {
        return parse_architecture(source, plan.base.config, file.string());
      };
      if (entry.contains("found")) {
        auto found = read(entry["found"]);
        if (!found) return tl::unexpected(found.error());
        state.found = std::move(*found);
      }
      if (entry.contains("random") && entry["random"].is_array())
        for (const auto& one : entry["random"]) {
          auto architecture = read(one);
          if (!architecture) return tl::unexpected(architecture.error());
          state.random.push_back(std::move(*architecture));
        }
      targets.push_back(std::move(state));
    }
    return {};
  }

  TargetState& of(double target) {
    for (auto& state : targets)
      if (state.target == target) return state;
    targets.push_back({target, {}, {}});
    return targets.back();
  }

  fs::path warm_file() const { return folder / "warm.safetensors"; }

  Result<void> load_warm() const {
    auto file = SafetensorsFile::open(warm_file());
    if (!file) return tl::unexpected(file.error());
    if (auto loaded = load_tensors(*file, super->parameters().masters(), warm_file().string());
        !loaded)
      return loaded;
    super->parameters().refresh();
    return {};
  }

  /// One option a slot for a step of the warm-up.
  Mixture warm_path(std::int64_t step) const {
    std::mt19937_64 random(mixed_seed(plan.course.seed, 3, static_cast<std::uint64_t>(step)));
    Mixture mixture{baseline_architecture(plan.base.config), {}};
    if (static_cast<double>(random() >> 11) * 0x1p-53 < baseline_share) return mixture;
    for (std::size_t slot = 0; slot < mixture.chosen.size(); ++slot) {
      const auto& options = super->options()[slot];
      mixture.chosen[slot] = options[random() % options.size()];
    }
    return mixture;
  }

  std::string network_name(double target, int random) const {
    return random == 0 ? fmt::format("{}-{}", plan.name, shortest(target))
                       : fmt::format("{}-{}-random-{}", plan.name, shortest(target), random);
  }

  Result<Architecture> search(double target);
  Result<Architecture> within_when_measured(const ArchitectureSearch& search, double target);
  Result<void> draw_random(double target, const Architecture& found);
  Result<NetworkInfo> retrain(double target, int random, const Architecture& architecture);
  Result<void> measure(const std::vector<NetworkInfo>& networks, double target);
};

SearchStages::SearchStages(const SearchPlan& plan, Study& study, Job& job,
                           const LatencyTable& table, PlanerText text)
    : state_(new State{plan,
                       study,
                       job,
                       table,
                       std::move(text),
                       search_folder(study, plan.name),
                       {},
                       nullptr,
                       {}}) {}
SearchStages::~SearchStages() = default;

Result<void> SearchStages::begin() {
  State& state = *state_;
  std::error_code code;
  fs::create_directories(state.folder, code);
  if (auto loaded = state.load(); !loaded) return loaded;
  SearchInfo info;
  info.name = state.plan.name;
  info.base = state.plan.base.name;
  info.config = state.plan.base.config;
  info.key = state.plan.step.key();
  info.text = state.text.reference;
  info.targets = state.plan.targets;
  info.settings = state.settings();
  return state.study.add_search(info);
}

Result<void> SearchStages::warm_up() {
  State& state = *state_;
  const SearchPlan& plan = state.plan;
  // Options that the device cannot measure are not searched.
  SlotOptions options = every_option(plan.base.config);
  for (auto& slot : options)
    std::erase_if(slot, [&](OptionIndex option) { return !state.table.options[option]; });
  state.super =
      std::make_unique<LanguageModel>(plan.base.config, options, plan.course.seed,
                                      plan.course.device, scalar_type(plan.course.precision));
  std::error_code code;
  if (!fs::exists(state.warm_file(), code)) {
    {
      auto base = load_network(state.study, plan.base, plan.course.device, at::kFloat);
      if (!base) return tl::unexpected(base.error());
      order_heads(**base);
      inherit_weights(**base, *state.super);
    }
    auto lanes = state.lanes(state.weights_range());
    if (!lanes) return tl::unexpected(lanes.error());
    WeightTrainer trainer(*state.super, *lanes, plan.course.trainer(plan.warm_up_steps, 2));
    Course course = weight_course(
        trainer, "warm-up", "warm-up/", plan.base.config.vocabulary,
        [&](std::int64_t step) { return state.warm_path(step); }, state.job);
    const fs::path checkpoint = state.folder / "warm-up.safetensors";
    if (auto run = run_course(course, state.job, checkpoint, state.settings().dump()); !run)
      return run;
    if (auto saved = save_tensors(state.warm_file(), {}, state.super->parameters().masters());
        !saved)
      return saved;
    fs::remove(checkpoint, code);
  } else if (auto loaded = state.load_warm(); !loaded) {
    return loaded;
  }
  const auto known = state.study.search(plan.name);
  if (!known) return tl::unexpected(known.error());
  state.increments = known->increments;
  if (state.increments) return {};
  auto lanes = state.lanes(state.architecture_range());
  if (!lanes) return tl::unexpected(lanes.error());
  const std::int64_t segments = std::clamp<std::int64_t>(
      increment_tokens(plan.course.device) / (plan.course.batch * plan.course.shape.length), 2,
      lanes->segments());
  state.increments =
      measure_increments(*state.super, *lanes, plan.course.shape.memory, segments,
                         [&](std::int64_t done, std::int64_t total) {
                           state.job.progress("loss increments", done, total, "options");
                           return state.job.should_stop();
                         });
  if (!state.increments) return tl::unexpected(cancelled_error("go on with --resume"));
  return state.study.set_loss_increments(plan.name, *state.increments);
}

Result<Architecture> SearchStages::State::within_when_measured(const ArchitectureSearch& search,
                                                               double target) {
  auto base = load_network(study, plan.base, plan.step.device, scalar_type(plan.step.precision));
  if (!base) return tl::unexpected(base.error());
  const double estimate = *table.estimate_ms(plan.base.architecture);
  // A table adds up what a network's parts take alone. The limit is moved until the measured
  // network meets the target and leaves little of it.
  double limit = target * estimate, highest = 2 * limit;
  std::optional<Architecture> best;
  double best_reached = 0;
  constexpr int most_tries = 6;
  for (int tries = 0; tries < most_tries; ++tries) {
    auto architecture = search.likeliest_within(limit);
    if (!architecture) {
      if (best) break;
      return architecture;
    }
    job.progress("measuring", tries, most_tries, "networks");
    LanguageModel model(plan.base.config, options_of(*architecture), 1, plan.step.device,
                        scalar_type(plan.step.precision));
    inherit_weights(*super, model);
    bool cancelled = false;
    const auto measured =
        measure_networks({{base->get(), plan.base.architecture}, {&model, *architecture}},
                         plan.step, [&] { return cancelled = job.should_stop(); });
    if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
    const double reached = measured[1].median_ms / measured[0].median_ms;
    job.metric(fmt::format("search {}/measured", shortest(target)), reached, tries);
    const double taken = *table.estimate_ms(*architecture);
    if (reached <= target * tolerance) {
      if (reached > best_reached) {
        best = *architecture;
        best_reached = reached;
      }
      if (reached >= target * spare) break;
      limit = std::min(std::max(limit, taken) * std::min(1.3, target / reached), highest * 0.995);
      if (limit <= taken) break;
    } else {
      highest = std::min(highest, taken);
      limit = std::min(limit, taken) * std::max(0.7, target / reached) * 0.999;
      if (best) break;
    }
  }
  if (!best)
    return bad_input(
        fmt::format("no architecture was measured within {:.3g} × the baseline", target), plan.name,
        "measure the latencies again (planer profile) on a quiet machine");
  return *best;
}

Result<Architecture> SearchStages::State::search(double target) {
  if (auto loaded = load_warm(); !loaded) return tl::unexpected(loaded.error());
  auto weight_lanes = lanes(weights_range());
  if (!weight_lanes) return tl::unexpected(weight_lanes.error());
  auto architecture_lanes = lanes(architecture_range());
  if (!architecture_lanes) return tl::unexpected(architecture_lanes.error());
  ArchitectureSearchSettings settings;
  settings.steps = plan.search_steps;
  settings.target_ms = target * *table.estimate_ms(plan.base.architecture);
  settings.memory = plan.course.shape.memory;
  settings.seed = mixed_seed(plan.course.seed, 4, static_cast<std::uint64_t>(target * 1e6));
  ArchitectureSearch search(*super, table, *increments, *architecture_lanes, settings);
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
    const double latency = search.expected_latency_ms();
    const auto probabilities = search.probabilities();
    points.push_back({target, step, latency, reading.loss, probabilities});
    job.point({{"search", plan.name},
               {"target", target},
               {"step", step},
               {"latency_ms", latency},
               {"loss", reading.loss},
               {"target_ms", settings.target_ms},
               {"temperature", search.temperature(step)},
               {"probabilities", probabilities}});
    job.metric(name + "/loss/train", weight.loss, step);
    job.metric(name + "/latency_loss", reading.latency_loss, step);
    job.metric(name + "/entropy", reading.entropy, step);
    job.metric(name + "/gradient_norm", weight.gradient, step);
    if (const auto likely = search.likeliest_within(latency * 1.02))
      job.architecture({{"search", plan.name},
                        {"target", target},
                        {"state", "searching"},
                        {"options", plumbline::to_json(*likely)["options"]},
                        {"latency_ms", *table.estimate_ms(*likely)}});
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

/// Random architectures that take as long as the found one when both are measured: a table's
/// estimate errs by the kind of option, and those of a random architecture are others.
Result<void> SearchStages::State::draw_random(double target, const Architecture& found) {
  const double latency = *table.estimate_ms(found);
  const auto estimate = [&](const Architecture& candidate) { return table.estimate_ms(candidate); };
  const auto make = [&](const Architecture& architecture) {
    return std::make_unique<LanguageModel>(plan.base.config, options_of(architecture), 1,
                                           plan.step.device, scalar_type(plan.step.precision));
  };
  const auto found_model = make(found);
  double correction = 1;
  std::uint64_t draws = 0;
  while (static_cast<int>(of(target).random.size()) < plan.random) {
    const auto done = static_cast<std::int64_t>(of(target).random.size());
    job.progress("random architectures", done, plan.random, "architectures");
    std::optional<Architecture> nearest;
    double error = 0;
    for (int tries = 0; tries < 4; ++tries) {
      const double wanted = latency * correction;
      auto candidate = random_architecture(
          found.size(), super->options().front(), estimate, wanted * 0.98, wanted * 1.02,
          mixed_seed(plan.course.seed, 7,
                     static_cast<std::uint64_t>(target * 1e6) * 1000 +
                         static_cast<std::uint64_t>(done) * 31 + draws++));
      if (!candidate)
        return bad_input(fmt::format("no random architecture takes {:.4g} ms", wanted), plan.name);
      const auto model = make(*candidate);
      bool cancelled = false;
      const auto measured =
          measure_networks({{found_model.get(), found}, {model.get(), *candidate}}, plan.step,
                           [&] { return cancelled = job.should_stop(); });
      if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
      const double ratio = measured[1].median_ms / measured[0].median_ms;
      if (!nearest || std::abs(ratio - 1) < error) {
        nearest = std::move(*candidate);
        error = std::abs(ratio - 1);
      }
      if (error <= equal_latency) break;
      correction = std::clamp(correction / ratio, 0.5, 2.0);
    }
    of(target).random.push_back(std::move(*nearest));
    if (auto saved = save(); !saved) return saved;
  }
  return {};
}

Result<NetworkInfo> SearchStages::State::retrain(double target, int random,
                                                 const Architecture& architecture) {
  const std::string name = network_name(target, random);
  const auto networks = study.networks();
  if (!networks) return tl::unexpected(networks.error());
  if (const auto known = std::ranges::find(*networks, name, &NetworkInfo::name);
      known != networks->end()) {
    if (known->search == plan.name && known->architecture == architecture) return *known;
    return usage_error(fmt::format("the study has another network '{}'", name), "--name",
                       "give the search another name");
  }
  ordered_json event = {{"search", plan.name},
                        {"target", target},
                        {"state", "retraining"},
                        {"network", name},
                        {"options", plumbline::to_json(architecture)["options"]},
                        {"latency_ms", *table.estimate_ms(architecture)}};
  if (random == 0) job.architecture(event);
  LanguageModel model(plan.base.config, options_of(architecture), plan.course.seed,
                      plan.course.device, scalar_type(plan.course.precision));
  // All begin with the same shared weights, the found one too.
  if (auto loaded = load_warm(); !loaded) return tl::unexpected(loaded.error());
  inherit_weights(*super, model);
  auto all = lanes(text.parts.train);
  if (!all) return tl::unexpected(all.error());
  const auto begin = std::chrono::steady_clock::now();
  WeightTrainer trainer(model, *all, plan.course.trainer(plan.course.steps, 6));
  Course course = weight_course(
      trainer, random == 0 ? fmt::format("retraining {}", shortest(target)) : "retraining " + name,
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
  network.origin = random == 0 ? NetworkOrigin::found : NetworkOrigin::random;
  network.config = plan.base.config;
  network.architecture = architecture;
  network.base = plan.base.name;
  network.search = plan.name;
  network.target = target;
  network.text = text.reference;
  network.validation = *loss;
  network.training = describe(plan.course);
  network.training["warm_up_steps"] = plan.warm_up_steps;
  network.training["search_steps"] = plan.search_steps;
  network.training["seconds"] = seconds;
  network.made_at = now_in_utc();
  auto saved = save_network(study, network, model);
  if (!saved) return saved;
  std::error_code code;
  fs::remove(checkpoint, code);
  return saved;
}

Result<void> SearchStages::State::measure(const std::vector<NetworkInfo>& networks, double target) {
  const auto known = study.network_latencies();
  if (!known) return tl::unexpected(known.error());
  const auto is_measured = [&](const NetworkInfo& network) {
    return std::ranges::any_of(*known, [&](const NetworkLatency& latency) {
      return latency.network == network.name && latency.key == plan.step.key();
    });
  };
  if (std::ranges::all_of(networks, is_measured)) return {};
  job.progress("measuring", 0, static_cast<std::int64_t>(networks.size()), "networks");
  std::vector<std::unique_ptr<LanguageModel>> models;
  std::vector<MeasuredNetwork> measured;
  const auto add = [&](const NetworkInfo& network) -> Result<void> {
    auto model = load_network(study, network, plan.step.device, scalar_type(plan.step.precision));
    if (!model) return tl::unexpected(model.error());
    models.push_back(std::move(*model));
    measured.push_back({models.back().get(), network.architecture});
    return {};
  };
  if (auto added = add(plan.base); !added) return added;
  for (const auto& network : networks)
    if (auto added = add(network); !added) return added;
  bool cancelled = false;
  const auto latencies =
      measure_networks(measured, plan.step, [&] { return cancelled = job.should_stop(); });
  if (cancelled) return tl::unexpected(cancelled_error("go on with --resume"));
  const auto keep = [&](const std::string& name, const MeasuredLatency& latency) {
    return study.set_network_latency(
        {name, plan.step.key(), latency, plan.base.name, latencies[0]});
  };
  if (auto kept = keep(plan.base.name, latencies[0]); !kept) return kept;
  for (std::size_t i = 0; i < networks.size(); ++i)
    if (auto kept = keep(networks[i].name, latencies[i + 1]); !kept) return kept;
  const NetworkInfo& found = networks.front();
  ordered_json event = {{"search", plan.name},
                        {"target", target},
                        {"state", "done"},
                        {"network", found.name},
                        {"options", plumbline::to_json(found.architecture)["options"]},
                        {"latency_ms", latencies[1].median_ms},
                        {"latency_spread_ms", latencies[1].spread_ms},
                        {"baseline_latency_ms", latencies[0].median_ms}};
  if (found.validation) {
    event["validation_loss"] = found.validation->nats;
    event["validation_error"] = found.validation->error;
  }
  job.architecture(event);
  return {};
}

Result<std::vector<ordered_json>> SearchStages::target(double target) {
  State& state = *state_;
  const SearchPlan& plan = state.plan;
  if (!state.of(target).found) {
    const auto found = state.search(target);
    if (!found) return tl::unexpected(found.error());
  }
  const Architecture found = *state.of(target).found;
  if (auto drawn = state.draw_random(target, found); !drawn) return tl::unexpected(drawn.error());
  if (auto saved = state.save(); !saved) return tl::unexpected(saved.error());
  std::vector<NetworkInfo> networks;
  const std::vector<Architecture> random = state.of(target).random;
  for (int i = 0; i <= static_cast<int>(random.size()); ++i) {
    auto network =
        state.retrain(target, i, i == 0 ? found : random[static_cast<std::size_t>(i - 1)]);
    if (!network) return tl::unexpected(network.error());
    networks.push_back(std::move(*network));
  }
  if (auto measured = state.measure(networks, target); !measured)
    return tl::unexpected(measured.error());
  const auto latencies = state.study.network_latencies();
  if (!latencies) return tl::unexpected(latencies.error());
  std::vector<ordered_json> summaries;
  for (const auto& network : networks) {
    ordered_json summary = summarize(network);
    for (const NetworkLatency& measured : *latencies)
      if (measured.network == network.name && measured.key == plan.step.key()) {
        add_latency(summary, measured.key, measured.measured);
        summary["baseline_latency_ms"] = measured.baseline_measured.median_ms;
        summary["fraction"] = measured.measured.median_ms / measured.baseline_measured.median_ms;
      }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace plumbline

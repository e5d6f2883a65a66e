#include "tests/support/planer_study.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "core/jobs/job_folder.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

constexpr double nats_per_bit = 0.69314718055994530942;
constexpr double standard_error = 0.004 * nats_per_bit / 1.96;  // ± 0.004 bits per byte
constexpr double base_bits = 1.214;

OptionIndex option(const char* name) {
  const auto found = find_option(name);
  if (!found) qFatal("no option %s", name);
  return *found;
}

/// Milliseconds of the whole baseline and shares of attention, feed-forward and norm.
struct Shares {
  double total, attention, feed_forward, norm;
};
Shares shares_of(std::int64_t batch) {
  switch (batch) {
    case 1: return {0.59, 0.59, 0.27, 0.10};
    case 4: return {1.09, 0.56, 0.30, 0.11};
    case 32: return {5.76, 0.57, 0.30, 0.105};
    default: return {2.95, 0.57, 0.31, 0.10};
  }
}

MeasuredLatency about(double ms) { return {ms, 0.012 * ms, 200}; }

NetworkInfo network(const std::string& name, NetworkOrigin origin, const Architecture& architecture,
                    double bits) {
  NetworkInfo info;
  info.name = name;
  info.origin = origin;
  info.config = PlanerStudy::config();
  info.architecture = architecture;
  info.file = "networks/" + name + ".safetensors";
  info.hash = std::string(32, 'a');
  info.text = PlanerStudy::text();
  info.validation = MeasuredLoss{bits * nats_per_bit, standard_error, 5'000'000};
  info.training = {{"steps", 40000}, {"seed", 1}};
  info.made_at = "2026-11-20T10:00:00Z";
  return info;
}

/// The course of a search: from all options alike down to its target, in steps that become smaller.
struct Course {
  double first_ms = 2.56, last_ms = 1.54, first_bits = 1.340, last_bits = 1.247;
  std::int64_t last_step = 14820;
};
std::vector<SearchPoint> course(const Course& of, double target, int steps, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  std::vector<SearchPoint> points;
  for (int i = 0; i < steps; ++i) {
    const double t = steps > 1 ? i / double(steps - 1) : 1, left = std::exp(-2.6 * t) * (1 - t);
    SearchPoint point;
    point.target = target;
    point.step = std::llround(t * static_cast<double>(of.last_step));
    point.cost = of.last_ms + (of.first_ms - of.last_ms) * left +
                 (i > 0 && i + 1 < steps ? 0.012 * noise(random) * (0.2 + left) : 0);
    point.loss =
        nats_per_bit * (of.last_bits + (of.first_bits - of.last_bits) * std::pow(left, 0.9) +
                        (i > 0 && i + 1 < steps ? 0.0012 * noise(random) : 0));
    points.push_back(std::move(point));
  }
  return points;
}

SearchInfo search(const std::string& name, std::int64_t batch, std::vector<double> targets) {
  SearchInfo info;
  info.name = name;
  info.base = "base";
  info.config = PlanerStudy::config();
  info.key = PlanerStudy::key(batch);
  info.text = PlanerStudy::text();
  info.targets = std::move(targets);
  info.settings = {{"steps", 40000},
                   {"search_steps", 40000},
                   {"warm_up_steps", 4000},
                   {"seed", 1},
                   {"precision", "bf16"}};
  return info;
}

}  // namespace

BackboneConfig PlanerStudy::config() { return value(load_backbone_config("enwik8-base")); }

StepKey PlanerStudy::key(std::int64_t batch) { return {"NVIDIA H200", batch, 512, 512, "bf16"}; }

TextReference PlanerStudy::text() {
  return {"/data/text/imdb8.xz", std::string(32, 'b'), "bytes", 0.9, 0.05};
}

LatencyTable PlanerStudy::table(std::int64_t batch) {
  Shares shares = shares_of(batch);
  const BackboneConfig backbone = config();
  const auto layers = static_cast<double>(backbone.layers);
  // The parts add up to a little more than the whole, as measured ones do.
  const double measured = shares.total;
  shares.total *= 1.012;
  const double norm = shares.total * shares.norm / (2 * layers);
  const double attention = shares.total * shares.attention / layers;
  const double inner = shares.total * shares.feed_forward / layers;
  const double rest = shares.total * (1 - shares.attention - shares.feed_forward - shares.norm);
  LatencyTable table;
  table.key = key(batch);
  table.config = backbone;
  table.cuda_graph = true;
  table.options.resize(slot_options().size());
  const auto set = [&](const char* name, double ms) { table.options[option(name)] = about(ms); };
  set("skip", 0);
  set("attention-1", norm + 0.27 * attention);
  set("attention-2", norm + 0.36 * attention);
  set("attention-4", norm + 0.57 * attention);
  set("attention-8", norm + attention);
  set("feed-forward", norm + inner);
  set("experts-1", norm + 1.42 * inner);
  set("experts-2", norm + 2.15 * inner);
  table.norm = about(norm);
  table.embedding = about(0.3 * rest);
  table.softmax = about(0.7 * rest);
  table.baseline = about(measured);
  table.measured_at = "2026-11-20T09:00:00Z";
  return table;
}

LossIncrements PlanerStudy::increments() {
  LossIncrements all;
  all.config = config();
  all.base = baseline_architecture(all.config);
  all.base_loss = 1.2145 * nats_per_bit;
  const auto slots = static_cast<std::size_t>(all.config.slots());
  std::mt19937 random(7);
  std::uniform_real_distribution<double> jitter(0.85, 1.15);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const double depth = static_cast<double>(slot) / static_cast<double>(slots - 1);
    const double early = (1.15 - depth) * jitter(random), late = (0.3 + depth) * jitter(random);
    std::vector<std::optional<double>> row(slot_options().size());
    const auto set = [&](const char* name, double bits) {
      row[option(name)] = bits * nats_per_bit;
    };
    // Early attention is dear to lose, late attention hardly; experts help late.
    const bool attends = slot % 2 == 0;
    const double none = attends
                            ? 0.0006 + 0.018 * std::pow(early, 4.0)
                            : 0.0007 + 0.017 * std::pow(1.05 - 0.6 * depth, 4.0) * jitter(random);
    set("skip", none);
    set("attention-8", attends ? 0 : 0.55 * none);
    set("attention-4", attends ? 0.0011 * early : 0.60 * none);
    set("attention-2", attends ? 0.0029 * early : 0.66 * none);
    set("attention-1", attends ? 0.0052 * early : 0.74 * none);
    set("feed-forward", attends ? 0.62 * none : 0);
    set("experts-1", (attends ? 0.58 * none : 0) - 0.0013 * late);
    set("experts-2", (attends ? 0.57 * none : 0) - 0.0019 * late);
    all.increments.push_back(std::move(row));
  }
  return all;
}

std::vector<std::vector<float>> PlanerStudy::probabilities(const Architecture& architecture,
                                                           float sure) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(0, 1);
  std::vector<std::vector<float>> map;
  for (std::size_t slot = 0; slot < architecture.size(); ++slot) {
    std::vector<float> row(slot_options().size());
    float sum = 0;
    for (const OptionIndex usable : usable_options(config()))
      sum += row[usable] = std::pow(uniform(random), 3.0F);
    const float mine = std::clamp(sure + 0.3F * (uniform(random) - 0.6F), 0.35F, 0.97F);
    for (float& p : row) p *= (1 - mine) / sum;
    row[architecture[slot]] += mine;
    map.push_back(std::move(row));
  }
  return map;
}

PlanerStudy PlanerStudy::make(const std::filesystem::path& folder, Parts parts) {
  PlanerStudy made(value(Study::open(folder, Access::create)));
  Study& study = made.study;
  if (!parts.network) return made;
  const Architecture published = baseline_architecture(config());
  succeed(study.add_network(network("base", NetworkOrigin::imported, published, base_bits)));
  if (!parts.tables) return made;
  for (const std::int64_t batch : {1, 4, 16, 32}) succeed(study.set_latency_table(table(batch)));
  for (const std::int64_t batch : {1, 16})
    succeed(study.set_network_latency(
        {"base", key(batch), about(shares_of(batch).total), "", MeasuredLatency()}));
  if (!parts.searches) return made;

  const auto add_found = [&](const std::string& of, double target, std::int64_t batch,
                             double bits) {
    const LatencyTable measured = table(batch);
    const SurrogateFront front =
        value(SurrogateFront::solve(increments(), cost_table_of(measured)));
    const FrontPoint* point = front.within(target * measured.baseline.median_ms);
    if (point == nullptr) qFatal("no architecture is as fast");
    NetworkInfo info =
        network(of + "-" + std::to_string(static_cast<int>(std::lround(100 * target))),
                NetworkOrigin::found, point->architecture, bits);
    info.base = "base";
    info.search = of;
    info.target = target;
    succeed(study.add_network(info));
    succeed(study.set_network_latency({info.name, key(batch), about(0.994 * point->cost), "base",
                                       about(measured.baseline.median_ms)}));
  };
  succeed(study.add_search(search("s2", 1, {0.5})));
  succeed(study.set_loss_increments("s2", increments()));
  add_found("s2", 0.5, 1, 1.224);
  succeed(study.add_search(search("s3", 16, {0.8, 0.7, 0.6})));
  succeed(study.set_loss_increments("s3", increments()));
  add_found("s3", 0.8, 16, 1.208);
  add_found("s3", 0.7, 16, 1.211);
  add_found("s3", 0.6, 16, 1.217);
  Course of;
  of.last_ms = 1.78;
  of.last_bits = 1.241;
  of.last_step = 40000;
  succeed(study.set_search_points("s3", 0.6, course(of, 0.6, 120, 5)));
  return made;
}

void PlanerStudy::measure_table_again(double times) {
  LatencyTable slower = table();
  const auto scale = [&](MeasuredLatency& latency) {
    latency.median_ms = times * std::round(latency.median_ms * 1e6) / 1e6;
    latency.spread_ms *= times;
  };
  for (auto& option : slower.options)
    if (option) scale(*option);
  for (MeasuredLatency* part : {&slower.embedding, &slower.softmax, &slower.norm, &slower.baseline})
    scale(*part);
  succeed(study.set_latency_table(slower));
  std::vector<SearchPoint> path = value(study.search_points("s3"));
  for (SearchPoint& point : path) point.cost *= times;
  succeed(study.set_search_points("s3", 0.6, path));
}

std::string PlanerStudy::point(double t, std::int64_t step, double latency_ms, double loss,
                               const std::vector<std::vector<float>>& probabilities) {
  nlohmann::ordered_json event = {
      {"v", 1},
      {"t", t},
      {"event", "point"},
      {"search", "s3"},
      {"target", 0.5},
      {"step", step},
      {"latency_ms", latency_ms},
      {"loss", loss},
      {"target_ms", 1.475},
      {"temperature", 5 * std::exp(-static_cast<double>(step) / 15000)}};
  if (!probabilities.empty()) event["probabilities"] = probabilities;
  return event.dump() + "\n";
}

std::string PlanerStudy::start_search(int steps) {
  const std::string study_folder = study.folder().string();
  const auto id = value(describe_job(
      study.folder(),
      describe_command("planer-search", {"planer", "search", study_folder, "--name", "s3", "--from",
                                         "base", "--text", text().file, "--target", "0.5",
                                         "--steps", "40000", "--resume"})));
  job_ = study.folder() / "jobs" / id;
  lock_ = value(FileLock::try_lock(job_ / "lock"));
  if (!lock_) qFatal("the job's lock is held");
  const SurrogateFront front = value(SurrogateFront::solve(increments(), cost_table_of(table())));
  const Architecture likely = front.within(0.5 * table().baseline.median_ms)->architecture;
  std::string lines = R"({"v":1,"t":0.0,"event":"started"})"
                      "\n";
  const auto points = course(Course(), 0.5, steps, 3);
  for (const SearchPoint& step : points) {
    const double t = static_cast<double>(step.step) / 18.6;
    const bool last = &step == &points.back();
    lines += point(t, step.step, step.cost, step.loss,
                   last ? probabilities(likely, 0.82F) : std::vector<std::vector<float>>());
  }
  lines += R"({"v":1,"t":797,"event":"metric","name":"gradient_norm","value":0.42,"step":14820})"
           "\n";
  lines += R"({"v":1,"t":797,"event":"progress","done":14820,"total":40000,"phase":"search",)"
           R"("unit":"steps","rate":18.6,"eta_s":1354})"
           "\n";
  append(lines);
  return id;
}

void PlanerStudy::queue(const std::vector<double>& targets) {
  for (const double target : targets)
    value(describe_job(
        study.folder(),
        describe_command("planer-search",
                         {"planer", "search", study.folder().string(), "--name", "s3", "--from",
                          "base", "--text", text().file, "--target",
                          QString::number(target).toStdString(), "--steps", "40000", "--resume"})));
}

void PlanerStudy::append(const std::string& lines) {
  std::ofstream(job_ / "events.jsonl", std::ios::app | std::ios::binary) << lines << std::flush;
}

}  // namespace plumbline::test

#include "tests/fuzz/study_template.h"

#include <array>
#include <fstream>
#include <iterator>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/study/study.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

constexpr std::string_view card = R"({"schema":1,"name":"m","task":"classification",
"input":{"channels":1,"height":2,"width":2,"colour_order":"grey","resize":{"kind":"none"},
"scale":1,"mean":[0],"std":[1]},"output":{"kind":"logits"},"classes":["a","b"]})";

template <class T>
T there(Result<T> result) {
  expect(result.has_value(), result ? "" : to_string(result.error()));
  return std::move(*result);
}
void done(const Result<void>& result) {
  expect(result.has_value(), result ? "" : to_string(result.error()));
}

BackboneConfig template_config() {
  BackboneConfig config = there(load_backbone_config("tiny"));
  config.layers = 1;
  return config;
}

void add_pictures(Study& study) {
  DatasetScan scan;
  scan.format = DatasetFormat::image_folder;
  scan.classes = {"a", "b"};
  scan.sources = {{"/nowhere", 0, ""}};
  for (int i = 0; i < 3; ++i)
    scan.samples.push_back({0, -1, "a/" + std::to_string(i), ClassIndex(i % 2), 9, "0"});
  there(study.add_split("d", "test", scan));
  done(study.add_model("m", "/nowhere/m.pt", "0", there(parse_model_card(card, "card"))));
  const auto dataset = there(study.dataset("d"));
  RunInfo run;
  run.name = "r";
  run.dataset = dataset.id;
  run.splits = {"test"};
  run.voters = there(parse_voters("m:identity,m:flip_x"));
  run.precision = "fp32";
  run.decoder = "none";
  run.device_kind = "cpu";
  run.batch = 2;
  done(study.add_run(run));
  std::vector<std::int64_t> sets;
  for (const Voter& voter : run.voters) {
    sets.push_back(there(study.prediction_set(prediction_key(run, "test", voter, false))).id);
    done(study.set_latency(sets.back(), {"CPU", 2, 10, 1.5, 0.1}));
  }
  done(study.commit_shard("s.safetensors", 0, 3, sets));
  const std::array<StoredWarning, 1> warnings = {{{"image", "a/0", "is damaged"}}};
  done(study.add_warnings("r", warnings));
}

void add_networks(Study& study) {
  const BackboneConfig config = template_config();
  const Architecture baseline = baseline_architecture(config);
  const LatencyKey key{"CPU", 1, 8, 8, "fp32"};
  NetworkInfo network;
  network.name = "base";
  network.config = config;
  network.architecture = baseline;
  network.file = "networks/base.safetensors";
  network.hash = "0";
  network.text = TextReference{"/nowhere/text", "0", "bytes", 0.9, 0.05};
  network.validation = MeasuredLoss{1.5, 0.01, 4096};
  network.training = {{"steps", 10}};
  network.made_at = "2026-01-01T00:00:00Z";
  done(study.add_network(network));
  done(study.set_network_latency({"base", key, {1, 0.1, 10}, "base", {1, 0.1, 10}}));
  LatencyTable table;
  table.key = key;
  table.config = config;
  table.options.resize(slot_options().size());
  for (const OptionIndex option : usable_options(config))
    table.options[option] = MeasuredLatency{1.0 + option, 0.1, 10};
  table.embedding = table.softmax = table.norm = {0.1, 0.01, 10};
  table.baseline = {9, 0.1, 10};
  table.measured_at = network.made_at;
  done(study.set_latency_table(table));
  SearchInfo search;
  search.name = "s";
  search.base = "base";
  search.config = config;
  search.key = key;
  search.text = *network.text;
  search.targets = {0.5};
  search.settings = {{"steps", 10}};
  done(study.add_search(search));
  LossIncrements increments;
  increments.config = config;
  increments.base = baseline;
  increments.base_loss = 1.5;
  increments.increments.resize(baseline.size());
  for (auto& slot : increments.increments) {
    slot.resize(slot_options().size());
    for (const OptionIndex option : usable_options(config)) slot[option] = 0.01 * option;
  }
  done(study.set_loss_increments("s", increments));
  SearchPoint point;
  point.target = 0.5;
  point.step = 1;
  point.latency_ms = 5;
  point.loss = 2;
  point.probabilities.assign(baseline.size(), std::vector<float>(slot_options().size(), 0.1F));
  done(study.set_search_points("s", 0.5, {point}));
}

}  // namespace

std::vector<char> study_template() {
  const auto folder = scratch_folder() / "template.plumb", file = folder / "study.sqlite";
  {
    Study study = there(Study::open(folder, Access::create));
    add_pictures(study);
    add_networks(study);
  }
  {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
    // In the tables rather than by their stores, whose interfaces say less than a file can hold.
    database.exec(
        "INSERT INTO tag(id, name) VALUES(1, 'odd'); INSERT INTO item_tag SELECT id, 1, 0, -1 FROM "
        "split; INSERT INTO item_note SELECT id, 1, -1, 'look here' FROM split;");
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM");
  }
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace plumbline::fuzz

#include "tests/fuzz/study_template.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/decision/bound_policy.h"
#include "core/predictions/box_predictions.h"
#include "core/predictions/class_predictions.h"
#include "core/study/study.h"
#include "core/study/study_prediction_store.h"
#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

namespace {

constexpr std::string_view card = R"({"schema":1,"name":"m","task":"classification",
"input":{"channels":1,"height":2,"width":2,"colour_order":"grey","resize":{"kind":"none"},
"scale":1,"mean":[0],"std":[1]},"output":{"kind":"logits"},"classes":["a","b"]})";

constexpr std::string_view box_card = R"({"schema":1,"name":"f","task":"detection",
"input":{"channels":3,"height":32,"width":32,"colour_order":"RGB","resize":{"kind":"letterbox",
"pad":114,"anchor":"centre","rounding":"round"},"scale":1,"mean":[0,0,0],"std":[1,1,1]},
"output":{"kind":"yolox","decoded":false,"strides":[8,16]},"classes":["a","b"],
"postprocess":{"score_threshold":0.01,"nms":"per class","nms_iou":0.65,"max_detections":100}})";

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

DatasetScan three_images(DatasetFormat format) {
  DatasetScan scan;
  scan.format = format;
  scan.classes = {"a", "b"};
  scan.sources = {{"/nowhere", 0, ""}};
  for (int i = 0; i < 3; ++i)
    scan.samples.push_back({0, -1, "a/" + std::to_string(i), ClassIndex(i % 2), 9, "0"});
  return scan;
}

RunInfo run_of(const Study& study, const char* name, const char* dataset, const char* voters) {
  RunInfo run;
  run.name = name;
  run.dataset = there(study.dataset(dataset)).id;
  run.splits = {"test"};
  run.voters = there(parse_voters(voters));
  run.precision = "fp32";
  run.decoder = "none";
  run.device_kind = "cpu";
  run.batch = 2;
  return run;
}

std::vector<VoterKey> keys_of(const RunInfo& run, const char* dataset) {
  std::vector<VoterKey> keys;
  for (const Voter& voter : run.voters)
    keys.push_back(voter_key(prediction_key(run, "test", voter, false), dataset));
  return keys;
}

void add_pictures(Study& study) {
  there(study.add_split("d", "test", three_images(DatasetFormat::image_folder)));
  done(study.add_model("m", "/nowhere/m.pt", "0", there(parse_model_card(card, "card"))));
  const RunInfo run = run_of(study, "r", "d", "m:identity,m:flip_x");
  done(study.add_run(run));
  ClassPredictions predictions;
  predictions.count = 3;
  predictions.classes = 2;
  predictions.voters = run.voters;
  allocate(predictions);
  for (float& value : predictions.confidence) value = 0.5F;
  for (float& value : predictions.log_prob_label) value = -0.693147F;
  for (float& value : predictions.log_probs) value = -0.693147F;
  const PredictionDraft draft = draft_of(predictions);
  done(StudyPredictionStore(study).commit(keys_of(run, "d"), draft));
  for (const PredictionSet& set : there(study.prediction_sets(run, "test")))
    done(study.set_latency(set.id, {"CPU", 2, 10, 1.5, 0.1}));
  const std::array<StoredWarning, 1> warnings = {{{"image", "a/0", "is damaged"}}};
  done(study.add_warnings("r", warnings));
  StoredDecision decision;
  decision.name = "chosen";
  decision.run = "r";
  decision.voters = run.voters;
  decision.policy = there(bind(there(parse_policy("mean(t=0.5)", run.voters.size()))));
  decision.selected_on = "test";
  decision.rule = "equal-kept";
  decision.certificate = R"({"risk":0.1})";
  done(study.save_decision(decision));
}

void add_boxes(Study& study) {
  DatasetScan scan = three_images(DatasetFormat::coco);
  auto data = std::make_shared<BoxDataset>();
  data->segmentations = there(TextSpill::open({}));
  for (const ScannedSample& sample : scan.samples)
    data->images.push_back({{std::ssize(data->images), ""}, sample.name, 2, 2, 0});
  data->categories = {{{1, ""}, "a"}, {{2, ""}, "b"}};
  for (int i = 0; i < 3; ++i) {
    TruthBox box;
    box.image = i;
    box.category = i % 2;
    box.box = {0, 0, 1, 2};
    box.area = 2;
    box.crowd = i == 2;
    box.id = i == 1 ? EntryId{0, "x"} : EntryId{i, ""};
    box.segmentation = there(data->segmentations->add("[[0,0,1,0,1,2]]"));
    data->boxes.push_back(box);
  }
  scan.boxes = std::move(data);
  there(study.add_split("b", "test", scan));
  done(study.add_model("f", "/nowhere/f.pt", "0", there(parse_model_card(box_card, "card"))));
  const RunInfo run = run_of(study, "found", "b", "f:identity");
  done(study.add_run(run));
  BoxPredictions predictions;
  predictions.count = 3;
  predictions.classes = 2;
  predictions.voters = run.voters;
  for (int i = 0; i < 3; ++i) {
    predictions.boxes.push_back({0, 0, 1, 2});
    predictions.scores.push_back(0.5F);
    predictions.labels.push_back(i % 2);
    end_sample(predictions, true);
  }
  const PredictionDraft draft = draft_of(predictions);
  done(StudyPredictionStore(study).commit(keys_of(run, "b"), draft));
}

void add_networks(Study& study) {
  const BackboneConfig config = template_config();
  const Architecture baseline = baseline_architecture(config);
  const StepKey key{"CPU", 1, 8, 8, "fp32"};
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
  const TokenEnergy energy{2, 0.1, 0.5, 5};
  done(study.set_network_energy({"base", key, energy, "base", energy, 50, "a counter"}));
  EnergyTable energies{key, config, {}, energy, energy, energy, 50, "a counter", table.measured_at};
  energies.options.resize(slot_options().size());
  for (const OptionIndex option : usable_options(config)) energies.options[option] = energy;
  done(study.set_energy_table(energies));
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
  point.cost = 5;
  point.loss = 2;
  point.probabilities.assign(baseline.size(), std::vector<float>(slot_options().size(), 0.1F));
  done(study.set_search_points("s", 0.5, {point}));
}

std::vector<char> bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

StudyTemplate study_template() {
  const auto folder = scratch_folder() / "template.plumb", file = folder / "study.sqlite";
  {
    Study study = there(Study::open(folder, Access::create));
    add_pictures(study);
    add_boxes(study);
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
  StudyTemplate made;
  made.database = bytes_of(file);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "predictions"))
    made.predictions.push_back({entry.path().filename().string(), bytes_of(entry.path())});
  std::ranges::sort(made.predictions, {}, &StudyTemplate::File::name);
  return made;
}

}  // namespace plumbline::fuzz

#include <fstream>
#include <random>

#include <QTemporaryDir>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/planer/backbone_config.h"
#include "tests/core/planer/tests.h"
#include "tests/support/json_mistakes.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

constexpr const char* smallest = R"({"layers":2,"d_model":8,"heads":2,"d_head":4,"d_inner":16})";

Result<BackboneConfig> parse(const std::string& text) {
  return parse_backbone_config(json::parse(text), "my.json");
}

}  // namespace

void TestBackboneConfig::published_figures() {
  QCOMPARE(backbone_config_names(),
           (std::vector<std::string>{"tiny", "enwik8-base", "wt103-base"}));
  const auto tiny = load_backbone_config("tiny").value();
  QCOMPARE(tiny.slots(), std::int64_t{8});
  QCOMPARE(tiny.heads * tiny.d_head, tiny.d_model);
  QCOMPARE(tiny.dropout, 0.0);
  const auto enwik8 = load_backbone_config("enwik8-base").value();
  QCOMPARE(enwik8.layers, std::int64_t{12});
  QCOMPARE(enwik8.clamp, std::int64_t{820});
  QVERIFY(enwik8.same_length && enwik8.tied && enwik8.cutoffs.empty());
  QCOMPARE(enwik8.evaluation, (SegmentShape{80, 2100}));
  const auto wt103 = load_backbone_config("wt103-base").value();
  QCOMPARE(wt103.layers, std::int64_t{16});
  QCOMPARE(wt103.vocabulary, std::int64_t{267'735});
  QCOMPARE(wt103.cutoffs, (std::vector<std::int64_t>{19'997, 39'997, 199'997}));
  QCOMPARE(wt103.train, (SegmentShape{192, 192}));
  QCOMPARE(wt103.evaluation, (SegmentShape{64, 640}));
}

void TestBackboneConfig::built_in_ones_are_read_back() {
  for (const std::string& name : backbone_config_names()) {
    const auto config = load_backbone_config(name).value();
    QCOMPARE(config.name, name);
    QVERIFY(parse(to_json(config).dump()).value() == config);
  }
}

void TestBackboneConfig::random_ones_are_read_back() {
  std::mt19937 random(3);
  const auto pick = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random() % static_cast<unsigned>(most - least + 1));
  };
  for (int round = 0; round < 500; ++round) {
    BackboneConfig config;
    config.name = "r" + std::to_string(round);
    config.layers = pick(1, 128);
    config.d_model = 2 * pick(1, 8192);
    config.heads = std::int64_t{1} << pick(0, 3);
    config.d_head = pick(1, 16'384);
    config.d_inner = pick(1, 65'536);
    config.vocabulary = pick(100, 2'000'000);
    if (pick(0, 1) == 1) {
      config.cutoffs = {pick(1, 40), pick(41, 99)};
      config.div_val = pick(1, 4);
    }
    config.d_embed = pick(0, 1) * pick(16, 16'384);
    if (config.embedding_width() < 16) config.div_val = 1;
    const bool learned = pick(0, 1) == 1;
    config.positions = learned ? Positions::learned : Positions::relative;
    config.norm = pick(0, 1) == 1 ? NormPlace::pre : NormPlace::post;
    config.activation = pick(0, 1) == 1 ? Activation::gelu : Activation::relu;
    config.projection_biases = pick(0, 1) == 1;
    config.tied = pick(0, 1) == 1;
    config.clamp = pick(0, 65'536);
    config.same_length = pick(0, 1) == 1;
    config.dropout = 0.1 * static_cast<double>(pick(0, 9));
    config.attention_dropout = 0.3 / static_cast<double>(pick(1, 9));
    config.experts = pick(2, 256);
    config.train = {pick(1000, 2000), learned ? 0 : pick(0, 2000)};
    config.evaluation = {pick(1, 500), pick(0, 500)};
    const auto read = parse(to_json(config).dump());
    QVERIFY2(read.has_value(), read ? "" : read.error().message.c_str());
    QVERIFY(*read == config);
  }
}

void TestBackboneConfig::left_out_keys_are_tinys() {
  const auto config = parse(smallest).value();
  QCOMPARE(config.name, std::string("my"));
  QCOMPARE(config.vocabulary, std::int64_t{256});
  QCOMPARE(config.train, (SegmentShape{64, 64}));
  QCOMPARE(config.evaluation, (SegmentShape{64, 64}));
  QCOMPARE(config.embedding_width(), std::int64_t{8});
  json document = json::parse(smallest);
  document["train"] = {{"length", 9}};
  const auto other = parse_backbone_config(document, "x").value();
  QCOMPARE(other.train, (SegmentShape{9, 0}));
  QCOMPARE(other.evaluation, (SegmentShape{9, 0}));
}

void TestBackboneConfig::mistakes_are_named_data() {
  add_mistakes({{R"({"layers":null})", "'layers' is missing"},
                {R"({"d_inner":null})", "'d_inner' is missing"},
                {R"({"layers":0})", "'layers' must be an integer from 1 to 128"},
                {R"({"layers":129})", "'layers' must be an integer from 1 to 128"},
                {R"({"layers":2.0})", "'layers' must be an integer"},
                {R"({"layers":"2"})", "'layers' must be an integer"},
                {R"({"layers":18446744073709551615})", "'layers' must be an integer"},
                {R"({"layers":9223372036854775808})", "'layers' must be an integer"},
                {R"({"heads":3})", "'heads' must be one of 1, 2, 4, 8, 12, 16"},
                {R"({"d_model":7})", "'d_model' must be even"},
                {R"({"d_model":1e300})", "'d_model' must be an integer"},
                {R"({"dropout":1})", "'dropout' must be a number from 0 to 0.9"},
                {R"({"dropout":-0.1})", "'dropout' must be a number"},
                {R"({"dropout":"a lot"})", "'dropout' must be a number"},
                {R"({"tied":1})", "'tied' must be true or false"},
                {R"({"positions":"absolute"})", "'positions' must be one of: relative, learned"},
                {R"({"norm":3})", "'norm' must be one of: post, pre"},
                {R"({"vocabulary":1})", "'vocabulary' must be an integer from 2 to 2000000"},
                {R"({"cutoffs":7})", "'cutoffs' must be a list"},
                {R"({"cutoffs":[7,7]})", "'cutoffs' must be rising"},
                {R"({"cutoffs":[0]})", "'cutoffs' must be rising"},
                {R"({"cutoffs":[256]})", "'cutoffs' must be rising"},
                {R"({"cutoffs":[18446744073709551615]})", "'cutoffs' must be rising"},
                {R"({"cutoffs":["a"]})", "'cutoffs' must be rising"},
                {R"({"div_val":2})", "'div_val' needs 'cutoffs'"},
                {R"({"cutoffs":[2,3,4,5],"div_val":4})", "'div_val' is so large"},
                {R"({"positions":"learned"})", "'train.memory' must be 0"},
                {R"({"positions":"learned","train":{"length":4},"evaluation":{"length":5}})",
                 "'evaluation' must not exceed"},
                {R"({"train":{"length":0}})", "'train.length' must be an integer from 1"},
                {R"({"train":{"memory":4}})", "'train.length' is missing"},
                {R"({"train":{"length":4,"memry":4}})", "'train.memry' is not a known key"},
                {R"({"train":64})", "'train' must be an object"},
                {R"({"experts":1})", "'experts' must be an integer from 2"},
                {R"({"n_layer":3})", "'n_layer' is not a known key"},
                {R"({"schema":2})", "'schema'"}});
}

void TestBackboneConfig::mistakes_are_named() {
  check_mistake(parse_backbone_config, json::parse(smallest));
}

void TestBackboneConfig::random_damage_is_refused_or_within_the_ranges() {
  std::mt19937 random(11);
  const std::string text = to_json(load_backbone_config("wt103-base").value()).dump();
  int read = 0;
  for (int round = 0; round < 5000; ++round) {
    const auto config = read_text(parse_backbone_config, damaged(text, random));
    if (!config) continue;
    ++read;
    QVERIFY(config->layers >= 1 && config->layers <= 128);
    QVERIFY(config->d_model >= 2 && config->d_model <= 16'384 && config->d_model % 2 == 0);
    QVERIFY(config->vocabulary >= 2 && config->vocabulary <= 2'000'000);
    for (const auto cutoff : config->cutoffs) QVERIFY(cutoff > 0 && cutoff < config->vocabulary);
    QVERIFY(config->dropout >= 0 && config->dropout <= 0.9);
  }
  QVERIFY(read > 10);  // the damage is not always noticed, or nothing was tested
}

void TestBackboneConfig::files_are_read_and_bad_ones_named() {
  const QTemporaryDir folder;
  const auto file = [&](const char* name) { return folder.filePath(name).toStdString(); };
  std::ofstream(file("mine.json")) << smallest;
  QCOMPARE(load_backbone_config(file("mine.json")).value().name, std::string("mine"));
  std::ofstream(file("cut.json")) << std::string(smallest).substr(0, 30);
  std::ofstream(file("deep.json")) << std::string(500'000, '[');
  std::ofstream(file("large.json")) << std::string(2 << 20, ' ');
  std::ofstream(file("nan.json")) << R"({"layers": NaN})";
  for (const char* bad : {"cut.json", "deep.json", "large.json", "nan.json"}) {
    const auto config = load_backbone_config(file(bad));
    QVERIFY(!config);
    QCOMPARE(config.error().where, file(bad));
  }
  const auto absent = load_backbone_config("enwik9-base");
  QVERIFY(!absent);
  QVERIFY(QString::fromStdString(absent.error().hint).contains("tiny, enwik8-base, wt103-base"));
  QVERIFY(!load_backbone_config(folder.path().toStdString()));
}

}  // namespace plumbline::test

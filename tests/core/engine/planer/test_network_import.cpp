#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <cstdlib>
#include <random>

#include <ATen/ATen.h>

#include "core/engine/planer/evaluate_networks.h"
#include "core/engine/planer/fill_weights.h"
#include "core/engine/planer/import_network.h"
#include "core/engine/planer/loss_evaluation.h"
#include "core/planer/key_map.h"
#include "tests/core/engine/planer/planer_fixture.h"
#include "tests/core/engine/planer/reference_networks.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/core/engine/planer/word_text.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// Random weights under published names.
class Publisher {
 public:
  explicit Publisher(unsigned seed) : random_(seed) {}
  void add(const std::string& name, std::vector<std::int64_t> shape, double mean = 0) {
    std::normal_distribution<double> normal(mean, 0.3);
    std::size_t count = 1;
    for (const auto n : shape) count *= static_cast<std::size_t>(n);
    NamedArray& array = weights[name];
    array.shape = std::move(shape);
    for (std::size_t i = 0; i < count; ++i)
      array.values.push_back(static_cast<float>(normal(random_)));
  }
  void norm(const std::string& name, std::int64_t width) {
    add(name + ".weight", {width}, 1);
    add(name + ".bias", {width});
  }
  PublishedWeights weights;

 private:
  std::mt19937 random_;
};

enum class Biases { shared, by_layer };
enum class Names { kimiyoung, nvidia };

PublishedWeights transformer_xl(const BackboneConfig& config, Biases biases, Names names,
                                unsigned seed) {
  Publisher publisher(seed);
  const std::int64_t model = config.d_model, width = config.heads * config.d_head;
  const bool one = config.div_val == 1;
  std::int64_t first = 0, narrow = config.embedding_width();
  for (std::size_t i = 0; i <= (one ? 0 : config.cutoffs.size()); ++i) {
    const std::string of = std::to_string(i);
    const std::int64_t end =
        one || i == config.cutoffs.size() ? config.vocabulary : config.cutoffs[i];
    publisher.add("word_emb.emb_layers." + of + ".weight", {end - first, narrow});
    if (narrow != model) publisher.add("word_emb.emb_projs." + of, {model, narrow});
    const bool nvidia = names == Names::nvidia;
    if (!config.tied) {
      publisher.add(nvidia ? "crit.out_layers_weights." + of : "crit.out_layers." + of + ".weight",
                    {end - first, narrow});
      if (narrow != model) publisher.add("crit.out_projs." + of, {model, narrow});
    }
    publisher.add(nvidia ? "crit.out_layers_biases." + of : "crit.out_layers." + of + ".bias",
                  {end - first});
    first = end;
    narrow /= config.div_val;
  }
  if (!config.cutoffs.empty()) {
    const auto tails = static_cast<std::int64_t>(config.cutoffs.size());
    publisher.add("crit.cluster_weight", {tails, config.embedding_width()});
    publisher.add("crit.cluster_bias", {tails});
  }
  const auto add_biases = [&](const std::string& prefix) {
    for (const char* which : {"r_w_bias", "r_r_bias"})
      publisher.add(prefix + which, {config.heads, config.d_head});
  };
  if (biases == Biases::shared) add_biases("");
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string name = "layers." + std::to_string(layer) + ".";
    publisher.add(name + "dec_attn.qkv_net.weight", {3 * width, model});
    publisher.add(name + "dec_attn.o_net.weight", {model, width});
    publisher.add(name + "dec_attn.r_net.weight", {width, model});
    if (biases == Biases::by_layer) add_biases(name + "dec_attn.");
    publisher.norm(name + "dec_attn.layer_norm", model);
    publisher.add(name + "pos_ff.CoreNet.0.weight", {config.d_inner, model});
    publisher.add(name + "pos_ff.CoreNet.0.bias", {config.d_inner});
    publisher.add(name + "pos_ff.CoreNet.3.weight", {model, config.d_inner});
    publisher.add(name + "pos_ff.CoreNet.3.bias", {model});
    publisher.norm(name + "pos_ff.layer_norm", model);
  }
  return std::move(publisher.weights);
}

PublishedWeights gpt2(const BackboneConfig& config, unsigned seed) {
  Publisher publisher(seed);
  const std::int64_t model = config.d_model;
  publisher.add("wte.weight", {config.vocabulary, model});
  // The published table is longer than the segments that are asked for.
  publisher.add("wpe.weight", {config.train.length + 3, model});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string name = "h." + std::to_string(layer) + ".";
    publisher.norm(name + "ln_1", model);
    publisher.add(name + "attn.c_attn.weight", {model, 3 * model});
    publisher.add(name + "attn.c_attn.bias", {3 * model});
    publisher.add(name + "attn.c_proj.weight", {model, model});
    publisher.add(name + "attn.c_proj.bias", {model});
    publisher.norm(name + "ln_2", model);
    publisher.add(name + "mlp.c_fc.weight", {model, config.d_inner});
    publisher.add(name + "mlp.c_fc.bias", {config.d_inner});
    publisher.add(name + "mlp.c_proj.weight", {config.d_inner, model});
    publisher.add(name + "mlp.c_proj.bias", {model});
  }
  publisher.norm("ln_f", model);
  return std::move(publisher.weights);
}

Result<void> write_published(const PublishedWeights& weights, const std::string& path) {
  std::vector<TensorView> views;
  for (const auto& [name, array] : weights)
    views.push_back({name, Dtype::f32, array.shape, std::as_bytes(std::span(array.values))});
  return write_safetensors(path, {}, views);
}

/// As a file on the disk, read back and given to a network.
Result<std::unique_ptr<LanguageModel>> imported(const PublishedWeights& weights, const char* map,
                                                const BackboneConfig& config) {
  const QTemporaryDir folder;
  const std::string path = folder.filePath("published.safetensors").toStdString();
  if (auto written = write_published(weights, path); !written)
    return tl::unexpected(written.error());
  const auto file = SafetensorsFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const auto found = map_keys(map, file->tensors(), config, path);
  if (!found) return tl::unexpected(found.error());
  auto model = std::make_unique<LanguageModel>(config, options_of(baseline_architecture(config)), 1,
                                               at::kCPU, at::kFloat);
  if (auto filled = fill_weights(*model, *file, found->entries, path); !filled)
    return tl::unexpected(filled.error());
  return model;
}

/// The engine's log-probabilities of one text's segment.
Rows computed(LanguageModel& model, const std::vector<std::int64_t>& tokens, Memory& memory,
              std::int64_t capacity) {
  const at::NoGradGuard no_grad;
  const at::Tensor input = at::tensor(tokens, at::kLong).unsqueeze(0);
  auto output =
      model.forward(input, memory, capacity, {baseline_architecture(model.config()), {}}, false);
  memory = std::move(output.memory);
  const at::Tensor table =
      model.softmax().log_probabilities(output.hidden.flatten(0, 1)).to(at::kDouble).contiguous();
  Rows rows;
  for (std::int64_t i = 0; i < table.size(0); ++i) {
    const double* values = table.const_data_ptr<double>() + i * table.size(1);
    rows.emplace_back(values, values + table.size(1));
  }
  return rows;
}

double farthest_logit(const Rows& a, const Rows& b) {
  if (a.size() != b.size()) return HUGE_VAL;
  double farthest_logit = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].size() != b[i].size()) return HUGE_VAL;
    for (std::size_t j = 0; j < a[i].size(); ++j)
      farthest_logit = std::max(farthest_logit, std::abs(a[i][j] - b[i][j]));
  }
  return farthest_logit;
}

std::vector<std::int64_t> text(std::int64_t vocabulary, std::size_t length, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> tokens;
  for (std::size_t i = 0; i < length; ++i)
    tokens.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(vocabulary)));
  return tokens;
}

}  // namespace

void TestNetworkImport::transformer_xl_equals_its_definition_data() {
  QTest::addColumn<QByteArray>("kind");
  for (const char* kind : {"bytes, shared biases", "biases by layer, same length, clamped", "words",
                           "words of narrowing width, untied, by NVIDIA's names"})
    QTest::newRow(kind) << QByteArray(kind);
}

void TestNetworkImport::transformer_xl_equals_its_definition() {
  QFETCH(QByteArray, kind);
  BackboneConfig config = small_backbone();
  const bool by_layer = kind.startsWith("biases by layer");
  if (by_layer) {
    config.same_length = true;
    config.clamp = 7;
  }
  if (kind.startsWith("words")) {
    config.vocabulary = 50;
    config.cutoffs = {10, 25, 40};
  }
  const bool nvidia = kind.endsWith("NVIDIA's names");
  if (nvidia) {
    config.d_embed = 24;
    config.div_val = 2;
    config.tied = false;
  }
  const PublishedWeights weights =
      transformer_xl(config, by_layer ? Biases::by_layer : Biases::shared,
                     nvidia ? Names::nvidia : Names::kimiyoung, 31);
  auto model = imported(weights, "transformer-xl", config);
  QVERIFY2(model.has_value(), model ? "" : model.error().message.c_str());
  ReferenceTransformerXl reference(weights, config);
  Memory memory;
  for (unsigned segment = 0; segment < 4; ++segment) {
    const auto tokens = text(config.vocabulary, 6, segment);
    const Rows expected = reference.segment(tokens);
    const double distance =
        farthest_logit(expected, computed(**model, tokens, memory, config.evaluation.memory));
    QVERIFY2(distance < 1e-4, qPrintable(QString::number(distance)));
    double sum = 0;
    for (const double value : expected.front()) sum += std::exp(value);
    QVERIFY(std::abs(sum - 1) < 1e-9);
  }
}

void TestNetworkImport::gpt2_equals_its_definition() {
  const BackboneConfig config = as_gpt2(small_backbone({.segment = {9, 0}}));
  const PublishedWeights weights = gpt2(config, 32);
  auto model = imported(weights, "gpt2", config);
  QVERIFY2(model.has_value(), model ? "" : model.error().message.c_str());
  for (unsigned round = 0; round < 3; ++round) {
    const auto tokens = text(config.vocabulary, 9 - 2 * round, round);
    Memory none;
    const double distance =
        farthest_logit(reference_gpt2(weights, config, tokens), computed(**model, tokens, none, 0));
    QVERIFY2(distance < 1e-4, qPrintable(QString::number(distance)));
  }
}

void TestNetworkImport::spellings_of_gpt2_are_one_network_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("vocabulary");
  QTest::addColumn<double>("bits");  // a byte, by numpy in float64; 0: refused
  const double bits = 8.905911604786287, padded = 9.218694307399547;
  for (const char* name : {"hf", "hf-f32", "hf-transformer-prefix-head-mask", "hf-head-only",
                           "nanogpt", "compiled-nanogpt", "padded-vocabulary"})
    QTest::newRow(name) << name << 256 << bits;
  QTest::newRow("all 320 rows") << "padded-vocabulary" << 320 << padded;
  QTest::newRow("head-differs") << "head-differs" << 256 << 0.0;
}

void TestNetworkImport::spellings_of_gpt2_are_one_network() {
  QFETCH(QString, name);
  QFETCH(int, vocabulary);
  QFETCH(double, bits);
  const char* data = std::getenv("PLUMBLINE_DATA");
  const auto folder = (data ? std::filesystem::path(data)
                            : std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") /
                      "cases/gpt2-spellings";
  if (!std::filesystem::exists(folder)) QSKIP("the cases are not here: set PLUMBLINE_DATA");
  auto config = value(load_backbone_config((folder / "config.json").string()));
  config.vocabulary = vocabulary;
  const std::string path = (folder / (name.toStdString() + ".safetensors")).string();
  const auto file = value(SafetensorsFile::open(path));
  const auto map = map_keys("gpt2", file.tensors(), config, path);
  QVERIFY2(map.has_value() == (bits > 0), map ? "" : map.error().message.c_str());
  if (!map) {
    QVERIFY(map.error().message.find("differs from 'wte.weight'") != std::string::npos);
    return;
  }
  QCOMPARE(!map->notes.empty(),
           name.contains("nanogpt") || (name.startsWith("padded") && vocabulary == 256));
  LanguageModel model(config, options_of(baseline_architecture(config)), 1, at::kCPU, at::kFloat);
  succeed(fill_weights(model, file, map->entries, path));
  QFile text(QString::fromStdString((folder / "text.txt").string()));
  QVERIFY(text.open(QIODevice::ReadOnly));
  const QByteArray bytes = text.readAll();
  const at::Tensor tokens =
      at::from_blob(const_cast<char*>(bytes.data()), {bytes.size()}, at::kByte).clone();
  const auto bits_of = [&](std::int64_t count) {
    const auto lanes = value(TokenLanes::whole(tokens, {0, count}, 16, 32, "text"));
    const auto loss = evaluate_loss(model, baseline_architecture(config), lanes, 0, 0, {});
    if (loss.tokens != count - 1) qFatal("%lld tokens are judged", (long long)loss.tokens);
    return loss.nats / std::log(2.0);
  };
  // The case's figure is of the 127 segments that are whole; that of all 4,095 tokens by the same
  // code in numpy.
  QVERIFY2(std::abs(bits_of(127 * 32 + 1) - bits) < 1e-6,
           qPrintable(QString::number(bits_of(127 * 32 + 1), 'g', 12)));
  if (vocabulary == 256) QVERIFY(std::abs(bits_of(bytes.size()) - 8.905337275781855) < 1e-6);
}

void TestNetworkImport::every_token_is_judged_data() {
  QTest::addColumn<int>("tokens");
  QTest::addColumn<int>("lanes");
  for (const int tokens : {2, 6, 7, 8, 61, 100, 193})
    for (const int lanes : {1, 3, 16})
      QTest::addRow("%d tokens, %d lanes", tokens, lanes) << tokens << lanes;
}

/// Without memory a lane's segments are segments of the whole text, so that the mean is that of the
/// text's segments, one after the other.
void TestNetworkImport::every_token_is_judged() {
  QFETCH(int, tokens);
  QFETCH(int, lanes);
  constexpr std::int64_t length = 6;
  const BackboneConfig config = as_gpt2(small_backbone({.segment = {length, 0}}));
  const PublishedWeights weights = gpt2(config, 35);
  auto model = imported(weights, "gpt2", config);
  QVERIFY2(model.has_value(), model ? "" : model.error().message.c_str());
  const auto all = text(config.vocabulary, static_cast<std::size_t>(tokens), 9);
  double sum = 0;
  for (std::size_t first = 0; first + 1 < all.size(); first += length) {
    const std::size_t count = std::min<std::size_t>(length, all.size() - 1 - first);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    const Rows rows =
        reference_gpt2(weights, config, {begin, begin + static_cast<std::ptrdiff_t>(count)});
    for (std::size_t i = 0; i < count; ++i)
      sum -= rows[i][static_cast<std::size_t>(all[first + i + 1])];
  }
  const auto stream = at::tensor(at::ArrayRef<std::int64_t>(all), at::kLong).to(at::kInt);
  const auto made = value(TokenLanes::whole(stream, {0, tokens}, lanes, length, "text"));
  const auto loss = evaluate_loss(**model, baseline_architecture(config), made, 0, 0, {});
  QCOMPARE(loss.tokens, tokens - 1);
  QVERIFY2(std::abs(loss.nats - sum / (tokens - 1)) < 1e-5,
           qPrintable(QString("%1 %2").arg(loss.nats).arg(sum / (tokens - 1))));
}

void TestNetworkImport::what_is_not_finite_is_refused() {
  const BackboneConfig config = small_backbone();
  PublishedWeights weights = transformer_xl(config, Biases::shared, Names::kimiyoung, 33);
  weights["layers.1.pos_ff.CoreNet.3.weight"].values[5] = std::nanf("");
  const auto model = imported(weights, "transformer-xl", config);
  QVERIFY(!model);
  QVERIFY(
      QString::fromStdString(model.error().message).contains("layers.1.pos_ff.CoreNet.3.weight"));
}

void TestNetworkImport::words_keep_the_numbers_that_are_given() {
  const QTemporaryDir folder;
  const auto file = [&](const char* name) { return folder.filePath(name).toStdString(); };
  // An order that no text would give.
  const std::vector<std::string> words{"wind", "<unk>", "stone", "<eos>", "light", "river"};
  BackboneConfig config = small_backbone();
  config.vocabulary = static_cast<std::int64_t>(words.size());
  const PublishedWeights weights = transformer_xl(config, Biases::shared, Names::kimiyoung, 34);
  succeed(write_published(weights, file("weights")));
  write_text(file("config.json"), to_json(config).dump());
  std::string list;
  for (const auto& word : words) list += word + "\n";
  write_text(file("list"), list);
  const std::vector<std::string> in_texts{"stone", "river", "light", "wind", "unheard"};
  const std::string one = drawn_text(in_texts, {50, 20, 10, 5, 2}, 2000, 3),
                    other = drawn_text(in_texts, {2, 5, 10, 20, 50}, 2000, 4);
  write_text(file("one.txt"), one);
  write_text(file("other.txt"), other);
  auto model = value(imported(weights, "transformer-xl", config));

  PlanerImportRequest request;
  request.study = file("s.plumb");
  request.name = "net";
  request.config = file("config.json");
  request.file = file("weights");
  request.map = "transformer-xl";
  request.text = {file("one.txt"), "words", {}};
  request.device = "cpu";
  request.job = silent_job(request.study);
  // The text's own numbers would be others.
  auto refused = import_network(request);
  QVERIFY(!refused && refused.error().where == "--words");
  QVERIFY(!QFile::exists(folder.filePath("s.plumb")));
  request.text.words = file("short");
  write_text(file("short"), "wind\n<unk>\n");
  refused = import_network(request);
  QVERIFY(!refused);
  QVERIFY2(refused.error().message.find("has 2 words") != std::string::npos &&
               refused.error().message.find("vocabulary of 6") != std::string::npos,
           refused.error().message.c_str());
  request.text.words = file("list");
  request.job = silent_job(request.study);
  const auto summary = value(import_network(request));
  QCOMPARE(summary["validation_loss"].get<double>(), validation_loss(*model, numbered(one, words)));
  QVERIFY(summary.contains("perplexity"));

  // A name that is taken is left alone, with its weights and words.
  PlanerImportRequest again = request;
  again.text = {};
  again.job = silent_job(request.study);
  refused = import_network(again);
  QVERIFY(!refused && refused.error().where == "--name");
  // The same once more is there already.
  again = request;
  again.job = silent_job(request.study);
  QCOMPARE(value(import_network(again))["validation_loss"].get<double>(),
           summary["validation_loss"].get<double>());

  // Without a text they are kept as well.
  request.name = "later";
  request.text.file.clear();
  request.job = silent_job(request.study);
  value(import_network(request));
  PlanerEvaluateRequest evaluation;
  evaluation.study = request.study;
  evaluation.names = {"net", "later"};
  evaluation.text = {file("other.txt"), "words", {}};
  evaluation.shape.device = "cpu";
  evaluation.job = silent_job(request.study);
  const auto evaluated = value(evaluate_networks(evaluation));
  const double expected = validation_loss(*model, numbered(other, words));
  for (const auto& network : evaluated) {
    QCOMPARE(network["validation_loss"].get<double>(), expected);
    QVERIFY(network.contains("perplexity"));
  }
  for (const char* name : {"net", "later"})
    QCOMPARE(
        lines_of(folder.filePath(QString("s.plumb/networks/%1.words").arg(name)).toStdString()),
        words);
}

}  // namespace plumbline::test

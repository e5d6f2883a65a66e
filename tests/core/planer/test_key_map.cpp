#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <set>

#include "core/planer/architecture.h"
#include "core/planer/key_map.h"
#include "tests/core/planer/tests.h"
#include "tests/support/small_backbone.h"

namespace plumbline::test {

namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t values_of(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto length : shape) count *= length;
  return count;
}

/// The tensors of a file that never was: each value tells its tensor and its place.
class Weights {
 public:
  void add(const std::string& name, Shape shape, Dtype dtype = Dtype::f32) {
    auto& data =
        data_.emplace_back(static_cast<std::size_t>(values_of(shape)) * bytes_per_value(dtype));
    if (dtype == Dtype::f32) {
      for (std::size_t i = 0; i < data.size() / 4; ++i) {
        const auto value = static_cast<float>(1000 * data_.size() + i);
        std::memcpy(data.data() + 4 * i, &value, 4);
      }
    }
    tensors_.push_back({name, dtype, std::move(shape), data});
  }
  /// Another tensor of the same values.
  void copy(const std::string& name, const std::string& original) {
    TensorView view = *find(original);
    view.name = name;
    tensors_.push_back(view);
  }
  void remove(const std::string& name) {
    std::erase_if(tensors_, [&](const TensorView& tensor) { return tensor.name == name; });
  }
  void rename(const std::string& name, const std::string& other) { find(name)->name = other; }
  /// Another tensor of that name, of another shape.
  void resize(const std::string& name, Shape shape) {
    remove(name);
    add(name, std::move(shape));
  }
  void prefix(const std::string& text) {
    for (auto& tensor : tensors_) tensor.name = text + tensor.name;
  }
  std::vector<TensorView>::iterator find(const std::string& name) {
    return std::ranges::find(tensors_, name, &TensorView::name);
  }
  const std::vector<TensorView>& tensors() const { return tensors_; }

 private:
  std::deque<std::vector<std::byte>> data_;  // views stay where they are
  std::vector<TensorView> tensors_;
};

/// No two widths are equal, so that none is taken for another.
BackboneConfig uneven_backbone(std::int64_t d_head = 5) {
  return small_backbone({.d_model = 12,
                         .heads = 2,
                         .d_head = d_head,
                         .d_inner = 16,
                         .vocabulary = 30,
                         .segment = {8, 8}});
}

/// The heads of GPT-2 are together as wide as the model.
BackboneConfig small_gpt2() { return as_gpt2(uneven_backbone(6)); }

enum class Naming { kimiyoung, nvidia };

/// As mem_transformer.py lays them out; the softmax repeats what is tied, as its state_dict does
/// (NVIDIA's does not).
Weights transformer_xl(const BackboneConfig& config, Naming naming, bool repeats_tied = true) {
  Weights weights;
  const std::int64_t width = config.heads * config.d_head, d_model = config.d_model;
  const std::int64_t embed = config.embedding_width();
  std::vector<std::int64_t> ends = config.cutoffs;
  ends.push_back(config.vocabulary);
  const std::size_t matrices = config.div_val == 1 ? 1 : ends.size();
  const auto softmax_weight = [&](std::size_t i) {
    return naming == Naming::nvidia ? "crit.out_layers_weights." + std::to_string(i)
                                    : "crit.out_layers." + std::to_string(i) + ".weight";
  };
  for (std::size_t i = 0; i < matrices; ++i) {
    const std::int64_t rows =
        matrices == 1 ? config.vocabulary : ends[i] - (i == 0 ? 0 : ends[i - 1]);
    std::int64_t narrow = embed;
    for (std::size_t k = 0; k < i; ++k) narrow /= config.div_val;
    const std::string number = std::to_string(i),
                      name = "word_emb.emb_layers." + number + ".weight";
    weights.add(name, {rows, narrow});
    if (narrow != d_model) weights.add("word_emb.emb_projs." + number, {d_model, narrow});
    if (!config.tied) weights.add(softmax_weight(i), {rows, narrow});
    if (config.tied && repeats_tied) weights.copy(softmax_weight(i), name);
    weights.add(naming == Naming::nvidia ? "crit.out_layers_biases." + number
                                         : "crit.out_layers." + number + ".bias",
                {rows});
  }
  // Clusters of a single matrix each have a projection of their own name.
  if (repeats_tied || !config.tied) {
    std::int64_t narrow = embed;
    for (std::size_t i = 0; i < ends.size(); ++i, narrow /= config.div_val) {
      if (narrow == d_model) continue;
      const std::string name = "crit.out_projs." + std::to_string(i);
      if (config.tied)
        weights.copy(name, "word_emb.emb_projs." + std::to_string(matrices == 1 ? 0 : i));
      else
        weights.add(name, {d_model, narrow});
    }
  }
  if (ends.size() > 1) {
    const auto tails = static_cast<std::int64_t>(ends.size()) - 1;
    weights.add("crit.cluster_weight", {tails, embed});
    weights.add("crit.cluster_bias", {tails});
  }
  weights.add("r_w_bias", {config.heads, config.d_head});
  weights.add("r_r_bias", {config.heads, config.d_head});
  weights.add("pos_emb.inv_freq", {d_model / 2});
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string at = "layers." + std::to_string(layer) + ".";
    weights.add(at + "dec_attn.qkv_net.weight", {3 * width, d_model});
    weights.add(at + "dec_attn.o_net.weight", {d_model, width});
    weights.add(at + "dec_attn.r_net.weight", {width, d_model});
    weights.add(at + "pos_ff.CoreNet.0.weight", {config.d_inner, d_model});
    weights.add(at + "pos_ff.CoreNet.0.bias", {config.d_inner});
    weights.add(at + "pos_ff.CoreNet.3.weight", {d_model, config.d_inner});
    weights.add(at + "pos_ff.CoreNet.3.bias", {d_model});
    for (const char* part : {"dec_attn", "pos_ff"}) {
      weights.add(at + part + ".layer_norm.weight", {d_model});
      weights.add(at + part + ".layer_norm.bias", {d_model});
    }
  }
  return weights;
}

Weights gpt2(const BackboneConfig& config) {
  Weights weights;
  const std::int64_t d_model = config.d_model;
  weights.add("wte.weight", {config.vocabulary, d_model});
  weights.add("wpe.weight", {config.train.length, d_model});
  const auto norm = [&](const std::string& name) {
    weights.add(name + ".weight", {d_model});
    weights.add(name + ".bias", {d_model});
  };
  for (std::int64_t layer = 0; layer < config.layers; ++layer) {
    const std::string at = "h." + std::to_string(layer) + ".";
    norm(at + "ln_1");
    weights.add(at + "attn.bias", {1, 1, 8, 8}, Dtype::boolean);
    weights.add(at + "attn.masked_bias", {});
    weights.add(at + "attn.c_attn.weight", {d_model, 3 * d_model});
    weights.add(at + "attn.c_attn.bias", {3 * d_model});
    weights.add(at + "attn.c_proj.weight", {d_model, d_model});
    weights.add(at + "attn.c_proj.bias", {d_model});
    norm(at + "ln_2");
    weights.add(at + "mlp.c_fc.weight", {d_model, config.d_inner});
    weights.add(at + "mlp.c_fc.bias", {config.d_inner});
    weights.add(at + "mlp.c_proj.weight", {config.d_inner, d_model});
    weights.add(at + "mlp.c_proj.bias", {d_model});
  }
  norm("ln_f");
  return weights;
}

Result<std::vector<KeyMapEntry>> mapped(const char* map, const Weights& weights,
                                        const BackboneConfig& config) {
  auto found = map_keys(map, weights.tensors(), config, "w.safetensors");
  if (!found) return tl::unexpected(found.error());
  return std::move(found->entries);
}

QString problem(const Result<std::vector<KeyMapEntry>>& entries) {
  return QString::fromStdString(entries ? "no error" : to_string(entries.error()));
}

const KeyMapEntry* entry(const std::vector<KeyMapEntry>& entries, const std::string& ours) {
  const auto found = std::ranges::find(entries, ours, &KeyMapEntry::ours);
  return found == entries.end() ? nullptr : &*found;
}

/// The value at a place of a file's float32 tensor.
float at(const Weights& weights, const std::string& name, std::int64_t index) {
  const auto found = std::ranges::find(weights.tensors(), name, &TensorView::name);
  float value = 0;
  std::memcpy(&value, found->data.data() + 4 * index, 4);
  return value;
}

/// "" where the entries make every parameter of the baseline once, from values that are there.
QString gap(const std::vector<KeyMapEntry>& entries, const Weights& weights,
            const BackboneConfig& config) {
  std::set<std::string> names;
  std::int64_t count = 0;
  for (const auto& made : entries) {
    if (!names.insert(made.ours).second)
      return QString::fromStdString(made.ours + " appears twice");
    count += values_of(made.shape);
    if (made.theirs.empty()) continue;
    const auto tensor = std::ranges::find(weights.tensors(), made.theirs, &TensorView::name);
    if (tensor == weights.tensors().end())
      return QString::fromStdString(made.theirs + " is not there");
    Shape shape = tensor->shape;
    if (made.transpose) std::ranges::reverse(shape);
    if (made.first < 0 || made.first + made.shape[0] > shape[0] ||
        !std::equal(shape.begin() + 1, shape.end(), made.shape.begin() + 1, made.shape.end()))
      return QString::fromStdString(made.ours + " does not fit");
  }
  const auto expected = count_parameters(config, baseline_architecture(config)).all;
  return count == expected ? QString()
                           : QStringLiteral("%1 values instead of %2").arg(count).arg(expected);
}

}  // namespace

void TestKeyMap::published_names_fill_the_baseline_data() {
  QTest::addColumn<bool>("nvidia");
  QTest::addColumn<int>("div_val");
  QTest::addColumn<int>("d_embed");
  QTest::addColumn<bool>("cutoffs");
  QTest::addColumn<bool>("repeats");
  QTest::addColumn<QString>("prefix");
  for (const bool nvidia : {false, true}) {
    const char* who = nvidia ? "NVIDIA" : "kimiyoung";
    const auto row = [&](const char* name, int div_val, int d_embed, bool cutoffs, bool repeats,
                         const char* prefix) {
      QTest::addRow("%s, %s", who, name)
          << nvidia << div_val << d_embed << cutoffs << repeats << QString(prefix);
    };
    row("plain", 1, 0, false, true, "");
    row("what is tied stands once", 1, 0, false, false, "");
    row("module", 1, 0, false, true, "module.");
    row("two prefixes", 1, 0, false, true, "module.model.");
    row("narrow embedding", 1, 4, false, true, "");
    row("clusters of one matrix", 1, 0, true, true, "");
    row("clusters of one narrow matrix", 1, 4, true, true, "");
    row("clusters of their own widths", 2, 8, true, true, "transformer.");
    row("clusters that stand once", 2, 8, true, false, "");
  }
}

void TestKeyMap::published_names_fill_the_baseline() {
  QFETCH(bool, nvidia);
  QFETCH(int, div_val);
  QFETCH(int, d_embed);
  QFETCH(bool, cutoffs);
  QFETCH(bool, repeats);
  QFETCH(QString, prefix);
  BackboneConfig config = uneven_backbone();
  config.div_val = div_val;
  config.d_embed = d_embed;
  if (cutoffs) config.cutoffs = {10, 24};
  Weights weights = transformer_xl(config, nvidia ? Naming::nvidia : Naming::kimiyoung, repeats);
  weights.prefix(prefix.toStdString());
  const auto entries = mapped("transformer-xl", weights, config);
  QVERIFY2(entries, qPrintable(problem(entries)));
  if (cutoffs && d_embed != 0 && div_val == 1) {
    // Each cluster has a copy of the one projection.
    QCOMPARE(entry(*entries, "embedding.2.projection")->theirs, "word_emb.emb_projs.0");
  }
  QCOMPARE(gap(*entries, weights, config), QString());
}

void TestKeyMap::parts_are_cut_from_the_right_rows() {
  BackboneConfig config = uneven_backbone();
  config.cutoffs = {10, 24};
  const Weights weights = transformer_xl(config, Naming::kimiyoung);
  const auto entries = mapped("transformer-xl", weights, config);
  QVERIFY2(entries, qPrintable(problem(entries)));
  const auto is = [&](const char* ours, const Shape& shape, const char* theirs,
                      std::int64_t first) {
    const auto* made = entry(*entries, ours);
    QVERIFY2(made, ours);
    QCOMPARE(made->shape, shape);
    QCOMPARE(made->theirs, std::string(theirs));
    QCOMPARE(made->first, first);
    QVERIFY(!made->transpose);
  };
  is("embedding.0.weight", {10, 12}, "word_emb.emb_layers.0.weight", 0);
  is("embedding.1.weight", {14, 12}, "word_emb.emb_layers.0.weight", 10);
  is("embedding.2.weight", {6, 12}, "word_emb.emb_layers.0.weight", 24);
  is("softmax.2.bias", {6}, "crit.out_layers.0.bias", 24);
  is("softmax.cluster_weight", {2, 12}, "crit.cluster_weight", 0);
  is("slots.2.attention.query", {10, 12}, "layers.1.dec_attn.qkv_net.weight", 0);
  is("slots.2.attention.key", {10, 12}, "layers.1.dec_attn.qkv_net.weight", 10);
  is("slots.2.attention.value", {10, 12}, "layers.1.dec_attn.qkv_net.weight", 20);
  is("slots.2.attention.position", {10, 12}, "layers.1.dec_attn.r_net.weight", 0);
  is("slots.2.attention.content_bias", {2, 5}, "r_w_bias", 0);
  is("slots.2.attention.position_bias", {2, 5}, "r_r_bias", 0);
  is("slots.2.attention.norm.bias", {12}, "layers.1.dec_attn.layer_norm.bias", 0);
  is("slots.3.feed_forward.first", {16, 12}, "layers.1.pos_ff.CoreNet.0.weight", 0);
  is("slots.3.feed_forward.second_bias", {12}, "layers.1.pos_ff.CoreNet.3.bias", 0);
  is("slots.3.feed_forward.norm.weight", {12}, "layers.1.pos_ff.layer_norm.weight", 0);
  QVERIFY(at(weights, "r_w_bias", 0) != at(weights, "r_r_bias", 0));
}

void TestKeyMap::biases_of_a_layer_go_before_shared_ones() {
  const BackboneConfig config = uneven_backbone();
  Weights weights = transformer_xl(config, Naming::nvidia);
  for (const char* name : {"r_w_bias", "r_r_bias"}) {
    weights.add(std::string("layers.0.dec_attn.") + name, {2, 5});
    weights.add(std::string("layers.1.dec_attn.") + name, {2, 5});
    weights.remove(name);
  }
  const auto entries = mapped("transformer-xl", weights, config);
  QVERIFY2(entries, qPrintable(problem(entries)));
  QCOMPARE(entry(*entries, "slots.2.attention.position_bias")->theirs,
           "layers.1.dec_attn.r_r_bias");
}

void TestKeyMap::an_untied_softmax_is_taken() {
  BackboneConfig config = uneven_backbone();
  config.cutoffs = {10, 24};
  config.div_val = 2;
  config.d_embed = 8;
  config.tied = false;
  const Weights weights = transformer_xl(config, Naming::kimiyoung);
  const auto entries = mapped("transformer-xl", weights, config);
  QVERIFY2(entries, qPrintable(problem(entries)));
  QCOMPARE(entry(*entries, "softmax.1.weight")->theirs, "crit.out_layers.1.weight");
  QCOMPARE(entry(*entries, "softmax.1.weight")->shape, (Shape{14, 4}));
  QCOMPARE(entry(*entries, "softmax.1.projection")->theirs, "crit.out_projs.1");
  // A file that shares them serves as well.
  config.tied = true;
  const Weights shared = transformer_xl(config, Naming::kimiyoung, false);
  config.tied = false;
  const auto copies = mapped("transformer-xl", shared, config);
  QVERIFY2(copies, qPrintable(problem(copies)));
  QCOMPARE(entry(*copies, "softmax.1.weight")->theirs, "word_emb.emb_layers.1.weight");
  QCOMPARE(entry(*copies, "softmax.1.projection")->theirs, "word_emb.emb_projs.1");
}

void TestKeyMap::gpt2_is_transposed_data() {
  QTest::addColumn<QString>("prefix");
  QTest::addColumn<bool>("head");
  QTest::newRow("as published") << "" << false;
  QTest::newRow("with its head") << "transformer." << true;
}

void TestKeyMap::gpt2_is_transposed() {
  QFETCH(QString, prefix);
  QFETCH(bool, head);
  BackboneConfig config = small_gpt2();
  Weights weights = gpt2(config);
  weights.prefix(prefix.toStdString());
  if (head) weights.copy("lm_head.weight", prefix.toStdString() + "wte.weight");
  config.train.length = 6;  // of the file's 8
  const auto entries = mapped("gpt2", weights, config);
  QVERIFY2(entries, qPrintable(problem(entries)));
  QCOMPARE(gap(*entries, weights, config), QString());
  const auto* value = entry(*entries, "slots.2.attention.value");
  QVERIFY(value->transpose);
  QCOMPARE(value->shape, (Shape{12, 12}));
  QCOMPARE(value->first, 24);
  QCOMPARE(value->theirs, prefix.toStdString() + "h.1.attn.c_attn.weight");
  QCOMPARE(entry(*entries, "slots.2.attention.value_bias")->first, 24);
  const auto* first = entry(*entries, "slots.1.feed_forward.first");
  QVERIFY(first->transpose);
  QCOMPARE(first->shape, (Shape{16, 12}));
  QVERIFY(!entry(*entries, "embedding.0.weight")->transpose);
  QCOMPARE(entry(*entries, "positions.weight")->shape, (Shape{6, 12}));
  QCOMPARE(entry(*entries, "softmax.0.bias")->theirs, std::string());
  QCOMPARE(entry(*entries, "final_norm.weight")->theirs, prefix.toStdString() + "ln_f.weight");
}

void TestKeyMap::published_sizes_data() {
  QTest::addColumn<QString>("config");
  QTest::addColumn<qint64>("rows");
  // qkv_net of kimiyoung's 12 layers of 8 × 64, and of NVIDIA's base.
  QTest::newRow("enwik8-base") << "enwik8-base" << qint64{256};
  QTest::newRow("wt103-base") << "wt103-base" << qint64{267'735};
}

void TestKeyMap::published_sizes() {
  QFETCH(QString, config);
  QFETCH(qint64, rows);
  const auto backbone = load_backbone_config(config.toStdString());
  QVERIFY(backbone);
  // Only shapes matter here: the tensors have no bytes.
  Weights weights;
  std::vector<TensorView> tensors;
  const auto add = [&](const std::string& name, Shape shape) {
    tensors.push_back({name, Dtype::f16, std::move(shape), {}});
  };
  add("word_emb.emb_layers.0.weight", {rows, 512});
  add("crit.out_layers_biases.0", {rows});
  if (rows > 256) {
    add("crit.cluster_weight", {3, 512});
    add("crit.cluster_bias", {3});
  }
  add("r_w_bias", {8, 64});
  add("r_r_bias", {8, 64});
  for (int layer = 0; layer < (rows > 256 ? 16 : 12); ++layer) {
    const std::string at = "layers." + std::to_string(layer) + ".";
    add(at + "dec_attn.qkv_net.weight", {1536, 512});
    add(at + "dec_attn.o_net.weight", {512, 512});
    add(at + "dec_attn.r_net.weight", {512, 512});
    add(at + "pos_ff.CoreNet.0.weight", {2048, 512});
    add(at + "pos_ff.CoreNet.0.bias", {2048});
    add(at + "pos_ff.CoreNet.3.weight", {512, 2048});
    add(at + "pos_ff.CoreNet.3.bias", {512});
    for (const char* part : {"dec_attn", "pos_ff"}) {
      add(at + part + ".layer_norm.weight", {512});
      add(at + part + ".layer_norm.bias", {512});
    }
  }
  const auto found = map_keys("transformer-xl", tensors, *backbone, "w");
  QVERIFY2(found, found ? "" : found.error().message.c_str());
  std::int64_t count = 0;
  for (const auto& made : found->entries) count += values_of(made.shape);
  QCOMPARE(count, count_parameters(*backbone, baseline_architecture(*backbone)).all);
}

void TestKeyMap::faults_are_named_data() {
  QTest::addColumn<QString>("fault");
  QTest::addColumn<QStringList>("named");
  const auto row = [](const char* fault, const QStringList& named) {
    QTest::newRow(fault) << fault << named;
  };
  row("missing", {"w.safetensors", "'layers.1.dec_attn.o_net.weight' [12, 10] is missing"});
  row("missing once though cut in three",
      {"'layers.0.dec_attn.qkv_net.weight' [30, 12] is missing"});
  row("missing bias", {"'crit.out_layers.0.bias' [30] is missing"});
  row("superfluous", {"'layers.2.extra' [3, 4] has no place"});
  row("shape", {"'layers.0.pos_ff.CoreNet.0.weight' is [12, 16], not [16, 12]"});
  row("more layers", {"has no place", "and 1 more"});
  row("type", {"'r_w_bias' is I32, not F32"});
  row("tied but different",
      {"'crit.out_layers.0.weight' differs from 'word_emb.emb_layers.0.weight'"});
  row("twice", {"'r_w_bias' appears twice"});
  row("config", {"positions must be relative", "norm must be post"});
  row("map", {"there is no map 'bert'", "transformer-xl, gpt2"});
  row("control characters", {"'\\x1b[2J' [1] has no place"});
  row("several", {"'r_r_bias' [2, 5] is missing", "'b' [1] has no place"});
}

void TestKeyMap::faults_are_named() {
  QFETCH(QString, fault);
  QFETCH(QStringList, named);
  BackboneConfig config = uneven_backbone();
  Weights weights = transformer_xl(config, Naming::kimiyoung);
  const char* map = "transformer-xl";
  if (fault == "missing") weights.remove("layers.1.dec_attn.o_net.weight");
  if (fault == "missing once though cut in three")
    weights.remove("layers.0.dec_attn.qkv_net.weight");
  if (fault == "missing bias") weights.remove("crit.out_layers.0.bias");
  if (fault == "superfluous") weights.add("layers.2.extra", {3, 4});
  if (fault == "shape") weights.find("layers.0.pos_ff.CoreNet.0.weight")->shape = {12, 16};
  if (fault == "more layers") config.layers = 1;
  if (fault == "type") weights.find("r_w_bias")->dtype = Dtype::i32;
  if (fault == "tied but different") {
    weights.remove("crit.out_layers.0.weight");
    weights.add("crit.out_layers.0.weight", {30, 12});
  }
  if (fault == "twice") weights.add("module.r_w_bias", {2, 5});
  if (fault == "config") {
    config.positions = Positions::learned;
    config.norm = NormPlace::pre;
  }
  if (fault == "map") map = "bert";
  if (fault == "control characters") weights.add("\x1b[2J", {1});
  if (fault == "several") {
    weights.remove("r_r_bias");
    weights.add("b", {1});
  }
  const auto entries = mapped(map, weights, config);
  QVERIFY(!entries);
  for (const auto& part : named)
    QVERIFY2(problem(entries).contains(part), qPrintable(problem(entries)));
  const auto first = problem(entries).indexOf(named.first());
  QVERIFY(problem(entries).indexOf(named.first(), first + 1) < 0 || fault == "more layers");
}

void TestKeyMap::gpt2_is_spelt_in_many_ways_data() {
  QTest::addColumn<QString>("spelling");
  for (const char* spelling : {"linear layers", "compiled", "head alone", "padded"})
    QTest::newRow(spelling) << spelling;
}

void TestKeyMap::gpt2_is_spelt_in_many_ways() {
  QFETCH(QString, spelling);
  BackboneConfig config = small_gpt2();
  Weights weights = gpt2(config);
  const bool linear = spelling == "linear layers" || spelling == "compiled";
  if (linear)
    for (std::int64_t layer = 0; layer < config.layers; ++layer)
      for (const char* name : {"attn.c_attn", "mlp.c_fc", "mlp.c_proj"})
        std::ranges::reverse(
            weights.find("h." + std::to_string(layer) + "." + name + ".weight")->shape);
  if (spelling == "compiled") weights.prefix("_orig_mod.transformer.");
  if (spelling == "head alone") weights.rename("wte.weight", "lm_head.weight");
  if (spelling == "padded") weights.resize("wte.weight", {64, config.d_model});
  const auto found = map_keys("gpt2", weights.tensors(), config, "w.safetensors");
  QVERIFY2(found, found ? "" : found.error().message.c_str());
  QCOMPARE(gap(found->entries, weights, config), QString());
  // All matrices lie as c_attn does: the square one, whose sides do not tell, too.
  for (const char* ours : {"slots.0.attention.output", "slots.0.attention.query",
                           "slots.1.feed_forward.first", "slots.3.feed_forward.second"})
    QCOMPARE(entry(found->entries, ours)->transpose, !linear);
  const std::string notes = found->notes.empty() ? "" : found->notes.front();
  QCOMPARE(found->notes.size(), std::size_t{linear || spelling == "padded" ? 1u : 0u});
  if (linear) QVERIFY(notes.find("GELU") != std::string::npos);
  if (spelling == "padded")
    QVERIFY2(notes.find("64 rows for a vocabulary of 30: the last 34") != std::string::npos,
             notes.c_str());
  if (spelling == "head alone")
    QCOMPARE(entry(found->entries, "embedding.0.weight")->theirs, std::string("lm_head.weight"));
}

void TestKeyMap::faults_of_gpt2_are_named_data() {
  QTest::addColumn<QString>("fault");
  QTest::addColumn<QString>("named");
  const auto row = [](const char* fault, const char* named) {
    QTest::newRow(fault) << fault << named;
  };
  row("not transposed", "'h.0.mlp.c_fc.weight' is [16, 12], not [12, 16]");
  row("too few positions", "'wpe.weight' is [8, 12], not [9, 12] or with more rows");
  row("another head", "'lm_head.weight' differs from 'wte.weight'");
  row("another vocabulary", "'wte.weight' is [128, 12], not [30, 12]");
  row("relative positions", "positions must be learned");
  row("relu", "activation must be gelu");
  row("no biases", "projection_biases must be true");
}

void TestKeyMap::faults_of_gpt2_are_named() {
  QFETCH(QString, fault);
  QFETCH(QString, named);
  BackboneConfig config = small_gpt2();
  Weights weights = gpt2(config);
  if (fault == "not transposed") weights.find("h.0.mlp.c_fc.weight")->shape = {16, 12};
  if (fault == "too few positions") config.train.length = 9;
  if (fault == "another head") weights.add("lm_head.weight", {30, 12});
  if (fault == "another vocabulary") weights.resize("wte.weight", {128, 12});
  if (fault == "relative positions") config.positions = Positions::relative;
  if (fault == "relu") config.activation = Activation::relu;
  if (fault == "no biases") config.projection_biases = false;
  const auto entries = mapped("gpt2", weights, config);
  QVERIFY(!entries);
  QVERIFY2(problem(entries).contains(named), qPrintable(problem(entries)));
}

void TestKeyMap::a_file_is_mapped_as_it_lies_on_the_disk() {
  QTemporaryDir folder;
  const auto path = folder.filePath("w.safetensors").toStdString();
  const BackboneConfig config = uneven_backbone();
  const Weights weights = transformer_xl(config, Naming::nvidia, false);
  QVERIFY(write_safetensors(path, {}, weights.tensors()));
  const auto file = SafetensorsFile::open(path);
  QVERIFY(file);
  const auto found = map_keys("transformer-xl", file->tensors(), config, path);
  QVERIFY2(found, found ? "" : found.error().message.c_str());
  QCOMPARE(gap(found->entries, weights, config), QString());
}

}  // namespace plumbline::test

#include <cstdlib>
#include <functional>

#include <QtTest>

#include <ATen/ATen.h>
#include <torch/script.h>

#include "core/data/safetensors.h"
#include "core/engine/error_cause.h"
#include "core/engine/inference/model_check.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

const QString linear = "torch.matmul(torch.mean(x, [2, 3]), self.weight)";

ModelCard ten_classes(int channels = 3) {
  auto card = value(parse_model_card(StudyFixture::card("net", 10), "net"));
  card.input.channels = channels;
  return card;
}

Result<void> checked(const QString& body, const QString& before = {}) {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  save_script(file, body.toStdString(), before.toStdString());
  auto network = load_network(file, ten_classes(), at::kCPU, Precision::fp32);
  if (!network) return tl::unexpected(network.error());
  return check_answers(**network, ten_classes(), at::kCPU, file.string());
}

QString text_of(const Result<void>& result) {
  return result ? QString() : QString::fromStdString(to_string(result.error()));
}

/// Gives ten boxes an image, as a scripted detector does. `last`: what it does with them where an
/// image is alone in its batch.
class ListingNetwork final : public Network {
 public:
  explicit ListingNetwork(std::function<void(at::Tensor& boxes, at::Tensor& scores)> last)
      : last_(std::move(last)) {}

  NetworkOutput forward(const at::Tensor& input) override {
    std::vector<OutputTensor> tensors;
    for (std::int64_t i = 0; i < input.size(0); ++i) {
      const at::Tensor level = input[i].mean().abs();
      at::Tensor boxes = at::arange(10, at::kFloat).unsqueeze(1) * 2 +
                         at::tensor({0.0F, 0.0F, 9.0F, 11.0F}) + level;
      at::Tensor scores = at::linspace(0.9, 0.1, 10) + 0.05 * level / (1 + level);
      scores[1] = scores[0] - 1e-7F;
      if (input.size(0) == 1) last_(boxes, scores);
      const std::string prefix = "1." + std::to_string(i) + ".";
      tensors.push_back({prefix + "boxes", boxes});
      tensors.push_back({prefix + "scores", scores});
      tensors.push_back({prefix + "labels", at::ones({boxes.size(0)}, at::kLong)});
    }
    return NetworkOutput(std::move(tensors));
  }

 private:
  std::function<void(at::Tensor& boxes, at::Tensor& scores)> last_;
};

Result<void> checked_list(std::function<void(at::Tensor& boxes, at::Tensor& scores)> last) {
  const ModelCard card = value(parse_model_card(
      R"({"schema":1,"name":"net","task":"detection","input":{"channels":3,"height":32,"width":32,
      "resize":{"kind":"none"},"scale":1,"mean":[0,0,0],"std":[255,255,255]},
      "output":{"kind":"boxes-xyxy"},"classes":["nothing","cat"]})",
      "net"));
  ListingNetwork network(std::move(last));
  return check_answers(network, card, at::kCPU, "net.pt");
}

std::filesystem::path case_folder(const char* name) {
  const char* named = std::getenv("PLUMBLINE_DATA");
  return (named ? std::filesystem::path(named)
                : std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "../shared/data") /
         "cases" / name;
}

}  // namespace

void TestModelCheck::an_answer_may_not_change_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QString>("named");  // empty: nothing is wrong
  QTest::newRow("steady") << "  return " + linear << "";
  QTest::newRow("probabilities of a deep sum")
      << "  return torch.matmul(torch.relu(x).flatten(1).mean(1, True), self.weight[:1]) * 100.0"
      << "";
  QTest::newRow("chance") << "  return " + linear + " + 0.1 * torch.rand([1, 10])"
                          << "depends on chance";
  QTest::newRow("a little chance")
      << "  y = " + linear + "\n  return y + 0.01 * torch.randn([1]) * y" << "depends on chance";
  QTest::newRow("the others' mean")
      << "  y = x - torch.mean(x, [0, 2, 3], True)\n  return " + QString(linear).replace("x,", "y,")
      << "depends on the others in its batch";
  QTest::newRow("the others' largest value")
      << "  y = x / torch.max(x)\n  return " + QString(linear).replace("x,", "y,")
      << "depends on the others in its batch";
  // The order of three images that are turned leaves the one in the middle where it is.
  QTest::newRow("the place in the batch")
      << "  y = " + linear + "\n  return y + 0.1 * torch.arange(y.size(0)).unsqueeze(1)"
      << "depends on the others in its batch";
  QTest::newRow("the size of the batch")
      << "  y = " + linear + "\n  return y * x.size(0)" << "depends on the others in its batch";
  QTest::newRow("traced with four, fails")
      << "  y = torch.reshape(x, [4, 3, 32, 32])\n  return " + QString(linear).replace("x,", "y,")
      << "has a fixed batch size of 4";
  QTest::newRow("traced with one, fails")
      << "  y = torch.reshape(x, [1, 3, 32, 32])\n  return " + QString(linear).replace("x,", "y,")
      << "has a fixed batch size of 1";
  QTest::newRow("traced with one, mixes")
      << "  return torch.matmul(torch.mean(torch.reshape(x, [1, 3, -1]), [2]), self.weight)"
      << "has a fixed batch size of 1";
  QTest::newRow("traced with two, mixes")
      << "  return torch.matmul(torch.mean(torch.reshape(x, [2, 3, -1]), [2]), self.weight)"
      << "has a fixed batch size of 2";
  QTest::newRow("a batch of one loses its dimension")
      << "  return torch.squeeze(" + linear + ")" << "squeeze";
  QTest::newRow("takes no batch of one") << "  assert x.size(0) > 1, 'lonely'\n  return " + linear
                                         << "fails with a batch of 1: AssertionError: lonely";
  QTest::newRow("never fits") << "  y = torch.reshape(x, [3, 7])\n  return y"
                              << "shape '[3, 7]' is invalid";
}

void TestModelCheck::an_answer_may_not_change() {
  QFETCH(QString, body);
  QFETCH(QString, named);
  const auto result = checked(body);
  QCOMPARE(result.has_value(), named.isEmpty());
  if (result) return;
  QVERIFY2(text_of(result).contains(named), qPrintable(text_of(result)));
  QVERIFY2(text_of(result).contains("net.pt"), qPrintable(text_of(result)));
  QVERIFY(!result.error().hint.empty());
  QCOMPARE(exit_code(result.error().kind), 3);
}

/// Rounding may exchange two boxes of the same score, and let another one stay; not move them all.
void TestModelCheck::boxes_may_change_places() {
  const auto nothing = checked_list([](at::Tensor&, at::Tensor&) {});
  QVERIFY2(nothing.has_value(), qPrintable(text_of(nothing)));
  const auto exchanged = checked_list([](at::Tensor& boxes, at::Tensor& scores) {
    const at::Tensor order = at::tensor({1, 0, 2, 3, 4, 5, 6, 7, 8, 9}, at::kLong);
    boxes = boxes.index_select(0, order);
    scores = scores.index_select(0, order);
  });
  QVERIFY2(exchanged.has_value(), qPrintable(text_of(exchanged)));
  const auto one_less = checked_list([](at::Tensor& boxes, at::Tensor& scores) {
    boxes = boxes.narrow(0, 0, 9);
    scores = scores.narrow(0, 0, 9);
  });
  QVERIFY2(one_less.has_value(), qPrintable(text_of(one_less)));
  for (const auto& changed :
       {checked_list([](at::Tensor& boxes, at::Tensor&) { boxes = boxes + 1; }),
        checked_list([](at::Tensor&, at::Tensor& scores) { scores = scores * 0.99; }),
        checked_list([](at::Tensor& boxes, at::Tensor& scores) {
          boxes = boxes.narrow(0, 0, 5);
          scores = scores.narrow(0, 0, 5);
        })}) {
    QVERIFY(!changed);
    QVERIFY2(text_of(changed).contains("depends on the others in its batch"),
             qPrintable(text_of(changed)));
  }
}

void TestModelCheck::training_mode_is_found_in_the_graph_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QString>("named");
  const QString norm =
      "  y = torch.batch_norm(x, None, None, torch.zeros([3]), torch.ones([3]), "
      "%1, 0.1, 1e-05, True)\n  return " +
      QString(linear).replace("x,", "y,");
  QTest::newRow("norm in training mode") << norm.arg("True") << "with batch normalisation";
  QTest::newRow("norm") << norm.arg("False") << "";
  const QString dropout =
      "  y = torch.dropout(x, 0.2, %1)\n  return " + QString(linear).replace("x,", "y,");
  QTest::newRow("dropout in training mode") << dropout.arg("True") << "with dropout";
  QTest::newRow("dropout") << dropout.arg("False") << "";
  QTest::newRow("dropout in a branch")
      << "  y = x\n  if x.size(0) > 1:\n    y = torch.feature_dropout(x, 0.2, True)\n  return " +
             QString(linear).replace("x,", "y,")
      << "with dropout";
}

void TestModelCheck::training_mode_is_found_in_the_graph() {
  QFETCH(QString, body);
  QFETCH(QString, named);
  const auto result = checked(body);
  QVERIFY2(result.has_value() == named.isEmpty(), qPrintable(text_of(result)));
  if (result) return;
  QVERIFY2(text_of(result).contains("in training mode"), qPrintable(text_of(result)));
  QVERIFY2(text_of(result).contains(named), qPrintable(text_of(result)));
  QVERIFY(text_of(result).contains("model.eval()"));
}

void TestModelCheck::a_script_follows_eval() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  torch::jit::Module module("net");
  module.register_parameter("weight", mean_weights(), false);
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define("def forward(self, x):\n  y = torch.dropout(x, 0.5, self.training)\n  return " +
                QString(linear).replace("x,", "y,").toStdString() + "\n");
  module.save(file.string());
  auto network = value(load_network(file, ten_classes(), at::kCPU, Precision::fp32));
  succeed(check_answers(*network, ten_classes(), at::kCPU, "net.pt"));
}

void TestModelCheck::only_floating_buffers_take_the_precision_data() {
  QTest::addColumn<int>("precision");
  QTest::newRow("fp32") << static_cast<int>(Precision::fp32);
  QTest::newRow("bf16") << static_cast<int>(Precision::bf16);
}

void TestModelCheck::only_floating_buffers_take_the_precision() {
  QFETCH(int, precision);
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  torch::jit::Module module("net");
  const at::Tensor order = at::randperm(10, at::kLong);
  const at::Tensor mask = (at::arange(10) % 3).eq(0);
  module.register_parameter("weight", mean_weights(), false);
  module.register_buffer("order", order);
  module.register_buffer("mask", mask);
  module.register_buffer("shift", at::ones({10}, at::kDouble));
  module.define("def forward(self, x):\n  y = " + linear.toStdString() +
                "[:, self.order]\n  return torch.masked_fill(y, self.mask, 7.0) + self.shift\n");
  module.save(file.string());
  auto network =
      value(load_network(file, ten_classes(), at::kCPU, static_cast<Precision>(precision)));
  const auto type = scalar_type(static_cast<Precision>(precision));
  const at::Tensor input = at::rand({4, 3, 32, 32});
  const at::Tensor found = network->forward(input.to(type)).only();
  QCOMPARE(found.scalar_type(), type);
  const at::Tensor expected =
      input.mean({2, 3}).matmul(mean_weights()).index_select(1, order).masked_fill(mask, 7) + 1;
  const double tolerance = type == at::kFloat ? 1e-5 : 0.1;
  QVERIFY(at::allclose(found.to(at::kFloat), expected, tolerance, tolerance));
}

void TestModelCheck::outputs_of_other_shapes_have_a_way_out_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<int>("classes");
  QTest::addColumn<QStringList>("named");
  QTest::newRow("features first") << "  return torch.mean(x, [2, 3]), " + linear << 10
                                  << QStringList{"gives 2 tensors ('0' of 2 × 3, '1' of 2 × 10)",
                                                 R"("tensor": "1")"};
  QTest::newRow("keys") << "  return {'logits': " + linear + ", 'features': x}" << 10
                        << QStringList{"'logits' of 2 × 10", R"("tensor": "logits")"};
  QTest::newRow("a map") << "  return (" + linear + ").unsqueeze(2).unsqueeze(3)" << 10
                         << QStringList{"2 × 10 × 1 × 1", "flatten(1)"};
  QTest::newRow("one logit") << "  return (" + linear + ")[:, :1]" << 2
                             << QStringList{"1 output for the 2 classes", "zeros_like(z), z"};
}

void TestModelCheck::outputs_of_other_shapes_have_a_way_out() {
  QFETCH(QString, body);
  QFETCH(int, classes);
  QFETCH(QStringList, named);
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  save_script(file, body.toStdString());
  auto card = ten_classes();
  card.classes.resize(static_cast<std::size_t>(classes));
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  const auto result = check_answers(*network, card, at::kCPU, "net.pt");
  for (const auto& part : named)
    QVERIFY2(text_of(result).contains(part), qPrintable(text_of(result)));

  // What wants another input beside the images cannot be loaded.
  torch::jit::Module two("two");
  two.define("def forward(self, x, y, z: int = 3):\n  return x + y\n");
  two.save(file.string());
  const auto loaded = load_network(file, card, at::kCPU, Precision::fp32);
  QVERIFY(!loaded);
  QVERIFY2(loaded.error().message.find("takes 2 inputs (x, y)") != std::string::npos,
           loaded.error().message.c_str());
}

void TestModelCheck::an_error_says_its_cause() {
  const std::runtime_error interpreted(
      "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript, "
      "serialized code (most recent call last):\n  File \"code/__torch__.py\", line 9, in forward\n"
      "    y = torch.reshape(x, [4, 3])\n        ~~~~~~~~~~~~~ <--- HERE\n\nRuntimeError: shape "
      "'[4, 3]' is invalid for input of size 96\n");
  QCOMPARE(error_cause(interpreted), std::string("shape '[4, 3]' is invalid for input of size 96"));
  const std::runtime_error stacked(
      "Unknown builtin op: nms.\nException raised from f at a.cpp:1 (most recent call first):\n"
      "frame #0: c10::Error");
  QCOMPARE(error_cause(stacked), std::string("Unknown builtin op: nms."));
  QCOMPARE(error_cause(std::runtime_error("")), std::string());
  QCOMPARE(error_cause(std::runtime_error(std::string(9000, 'x'))).size(), std::size_t{500});
}

void TestModelCheck::wrappers_of_names_are_passed_over_data() {
  QTest::addColumn<QString>("prefix");
  for (const char* prefix :
       {"module.", "_orig_mod.", "model.", "module._orig_mod.", "_orig_mod.module.model."})
    QTest::newRow(prefix) << prefix;
}

void TestModelCheck::wrappers_of_names_are_passed_over() {
  QFETCH(QString, prefix);
  const std::filesystem::path demo =
      std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "resources/demo/resnets";
  const auto plain = value(SafetensorsFile::open(demo / "resnet20-a.safetensors"));
  QFile card_file(QString::fromStdString((demo / "resnet20-a.card.json").string()));
  QVERIFY(card_file.open(QIODevice::ReadOnly));
  const auto card = value(parse_model_card(card_file.readAll().toStdString(), "card"));
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.safetensors").toStdString();
  const auto save = [&](const std::vector<std::string>& prefixes) {
    std::vector<TensorView> views;
    for (const std::string& one : prefixes)
      for (TensorView view : plain.tensors()) {
        view.name = one + view.name;
        views.push_back(view);
      }
    succeed(write_safetensors(file, {}, views));
  };
  save({prefix.toStdString()});
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  auto original =
      value(load_network(demo / "resnet20-a.safetensors", card, at::kCPU, Precision::fp32));
  const at::Tensor input = at::rand({3, card.input.channels, card.input.height, card.input.width})
                               .contiguous(at::MemoryFormat::ChannelsLast);
  QVERIFY(at::equal(network->forward(input).only(), original->forward(input).only()));

  // Two copies: which of them is meant nobody knows.
  save({prefix.toStdString(), "ema."});
  const auto two = load_network(file, card, at::kCPU, Precision::fp32);
  QVERIFY(!two);
  const auto text = QString::fromStdString(to_string(two.error()));
  QVERIFY2(text.contains("'" + prefix + "conv1.weight'") && text.contains("'ema.conv1.weight'"),
           qPrintable(text));
}

void TestModelCheck::cases_data() {
  QTest::addColumn<QString>("folder");
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("named");  // empty: imported
  const auto row = [](const char* folder, const char* name, const char* named) {
    QTest::addRow("%s/%s", folder, name) << folder << name << named;
  };
  row("traced-in-training", "batch-norm", "with batch normalisation");
  row("traced-in-training", "dropout", "with dropout");
  row("traced-in-training", "good", "");
  row("traced-in-training", "scripted-in-training", "");
  row("fixed-batch", "one-fails", "has a fixed batch size of 1");
  row("fixed-batch", "four-fails", "has a fixed batch size of 4");
  row("fixed-batch", "one-silently-mixes", "has a fixed batch size of 1");
  row("fixed-batch", "two-silently-mixes", "has a fixed batch size of 2");
  row("outputs", "named_tuple", "");
  row("outputs", "optional_argument", "");
  row("outputs", "features_first", "'0' of 2 × 16");
  row("outputs", "dict_logits", "'logits'");
  row("outputs", "dict_out", "");
  row("outputs", "list_of_one", "");
  row("outputs", "map_1x1", "flatten(1)");
  row("outputs", "one_logit", "zeros_like(z), z");
  row("outputs", "softmax_inside", "'probabilities'");
  row("outputs", "log_softmax_inside", "");
  row("outputs", "two_inputs", "takes 2 inputs");
  row("integer-buffers", "int_buffer", "");
  row("integer-buffers", "bool_buffer", "");
  row("integer-buffers", "embedding_ids", "");
}

void TestModelCheck::cases() {
  QFETCH(QString, folder);
  QFETCH(QString, name);
  QFETCH(QString, named);
  const auto file = case_folder(qPrintable(folder)) / (name + ".pt").toStdString();
  if (!std::filesystem::exists(file)) QSKIP("the cases are not here: set PLUMBLINE_DATA");
  QFile card_file(QString::fromStdString(card_beside(file).string()));
  QVERIFY(card_file.open(QIODevice::ReadOnly));
  const auto card = value(parse_model_card(card_file.readAll().toStdString(), "card"));
  const auto result = [&]() -> Result<void> {
    auto network = load_network(file, card, at::kCPU, Precision::fp32);
    if (!network) return tl::unexpected(network.error());
    return check_answers(**network, card, at::kCPU, file.string());
  }();
  QVERIFY2(result.has_value() == named.isEmpty(), qPrintable(text_of(result)));
  QVERIFY2(text_of(result).contains(named), qPrintable(text_of(result)));
  if (folder != "outputs" || !result) return;
  // Grey 0.5 after the card; log-probabilities differ from logits by a constant.
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  const at::Tensor given =
      network->forward(at::full({1, 3, 8, 8}, 0.5)).tensors().front().tensor.log_softmax(1);
  const at::Tensor expected = at::tensor({-0.060556560754776, -0.3263111710548401,
                                          -0.13700346648693085, -0.2941776514053345},
                                         at::kDouble)
                                  .log_softmax(0);
  QVERIFY(at::allclose(given[0].to(at::kDouble), expected, 1e-5, 1e-6));
}

}  // namespace plumbline::test

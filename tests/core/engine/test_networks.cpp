#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <ATen/ATen.h>
#include <torch/script.h>

#include "core/data/safetensors.h"
#include "core/engine/inference/network.h"
#include "core/engine/inference/stopwatch.h"
#include "tests/support/study_fixture.h"
#include "tests/support/zip_writer.h"

using namespace plumbline;
using plumbline::test::succeed;
using plumbline::test::value;
using plumbline::test::zip_of;

namespace {

/// Random weights of a ResNet for CIFAR, as they are published.
class RandomResNet {
 public:
  RandomResNet(int blocks, int channels, int classes, bool projections)
      : blocks_(blocks), projections_(projections) {
    at::manual_seed(blocks);
    convolution("conv1", 16, channels, 3);
    norm("bn1", 16);
    int in = 16;
    for (int stage = 1; stage <= 3; ++stage)
      for (int i = 0; i < blocks; ++i) {
        const int out = 8 << stage;
        const auto name = "layer" + std::to_string(stage) + "." + std::to_string(i);
        convolution(name + ".conv1", out, in, 3);
        norm(name + ".bn1", out);
        convolution(name + ".conv2", out, out, 3);
        norm(name + ".bn2", out);
        if (projections && in != out) {
          convolution(name + ".shortcut.0", out, in, 1);
          norm(name + ".shortcut.1", out);
        }
        in = out;
      }
    weights_["linear.weight"] = at::randn({classes, 64}) * 0.3;
    weights_["linear.bias"] = at::randn({classes});
  }

  std::map<std::string, at::Tensor>& weights() { return weights_; }

  void save(const std::filesystem::path& file) const {
    std::vector<TensorView> views;
    for (const auto& [name, tensor] : weights_)
      views.push_back({name,
                       Dtype::f32,
                       tensor.sizes().vec(),
                       {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}});
    succeed(write_safetensors(file, {}, views));
  }

  /// The network as its paper has it: no folding, no fusion, in double.
  at::Tensor forward(const at::Tensor& input) const {
    auto x = at::relu(normed("bn1", convolved("conv1", input.to(at::kDouble), 1)));
    for (int stage = 1; stage <= 3; ++stage)
      for (int i = 0; i < blocks_; ++i) {
        const auto name = "layer" + std::to_string(stage) + "." + std::to_string(i);
        const int stride = stage > 1 && i == 0 ? 2 : 1;
        auto y = at::relu(normed(name + ".bn1", convolved(name + ".conv1", x, stride)));
        y = normed(name + ".bn2", convolved(name + ".conv2", y, 1));
        if (stride == 2) {
          if (projections_) {
            x = normed(name + ".shortcut.1", convolved(name + ".shortcut.0", x, 2));
          } else {
            const auto added = x.size(1) / 2;
            x = at::constant_pad_nd(x.slice(2, 0, std::nullopt, 2).slice(3, 0, std::nullopt, 2),
                                    {0, 0, 0, 0, added, added});
          }
        }
        x = at::relu(y + x);
      }
    return at::linear(x.mean({2, 3}), weight("linear.weight"), weight("linear.bias"));
  }

 private:
  at::Tensor weight(const std::string& name) const { return weights_.at(name).to(at::kDouble); }
  void convolution(const std::string& name, int out, int in, int size) {
    weights_[name + ".weight"] =
        at::randn({out, in, size, size}) * std::sqrt(2.0 / (in * size * size));
  }
  void norm(const std::string& name, int channels) {
    weights_[name + ".weight"] = at::rand({channels}) + 0.5;
    weights_[name + ".bias"] = at::randn({channels}) * 0.1;
    weights_[name + ".running_mean"] = at::randn({channels}) * 0.1;
    weights_[name + ".running_var"] = at::rand({channels}) + 0.5;
  }
  at::Tensor convolved(const std::string& name, const at::Tensor& x, int stride) const {
    const auto w = weight(name + ".weight");
    return at::conv2d(x, w, {}, stride, w.size(2) / 2);
  }
  at::Tensor normed(const std::string& name, const at::Tensor& x) const {
    return at::batch_norm(x, weight(name + ".weight"), weight(name + ".bias"),
                          weight(name + ".running_mean"), weight(name + ".running_var"), false, 0,
                          1e-5, false);
  }
  int blocks_;
  bool projections_;
  std::map<std::string, at::Tensor> weights_;
};

ModelCard card_of(const std::string& architecture, const std::string& shortcut, int channels = 3,
                  int classes = 10) {
  auto card =
      value(parse_model_card(plumbline::test::StudyFixture::card(architecture, classes), "c"));
  card.architecture = architecture;
  card.shortcut = shortcut;
  card.input.channels = channels;
  return card;
}

/// The parts of a card's text, changed, so that a check against it has something to find.
void write_bytes(const QString& file, const QByteArray& bytes) {
  QFile out(file);
  if (!out.open(QIODevice::WriteOnly)) qFatal("cannot write");
  out.write(bytes);
}

}  // namespace

class TestNetworks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void resnet_equals_its_definition_data();
  void resnet_equals_its_definition();
  void result_does_not_depend_on_the_rest_of_the_batch();
  void weights_that_do_not_fit_are_named_data();
  void weights_that_do_not_fit_are_named();
  void torchscript_is_run_as_it_is();
  void wrong_cards_are_named_data();
  void wrong_cards_are_named();
  void pickles_are_refused_data();
  void pickles_are_refused();
  void median_and_spread();
};

void TestNetworks::resnet_equals_its_definition_data() {
  QTest::addColumn<QString>("architecture");
  QTest::addColumn<int>("blocks");
  QTest::addColumn<QString>("shortcut");
  QTest::addColumn<int>("channels");
  QTest::newRow("20 A") << "resnet20" << 3 << "A" << 3;
  QTest::newRow("20 B") << "resnet20" << 3 << "B" << 3;
  QTest::newRow("20 A, grey") << "resnet20" << 3 << "A" << 1;
  QTest::newRow("32 A") << "resnet32" << 5 << "A" << 3;
  QTest::newRow("44 B") << "resnet44" << 7 << "B" << 3;
  QTest::newRow("56 A") << "resnet56" << 9 << "A" << 3;
}

void TestNetworks::resnet_equals_its_definition() {
  QFETCH(QString, architecture);
  QFETCH(int, blocks);
  QFETCH(QString, shortcut);
  QFETCH(int, channels);
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.safetensors").toStdString();
  const RandomResNet reference(blocks, channels, 10, shortcut == "B");
  reference.save(file);
  const auto card = card_of(architecture.toStdString(), shortcut.toStdString(), channels);
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  succeed(check_against_card(*network, card, at::kCPU, Precision::fp32, "net"));
  const auto input = at::randn({5, channels, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto expected = reference.forward(input);
  const auto found = network->forward(input).only().to(at::kDouble);
  const double error = ((found - expected).abs().max() / expected.abs().max()).item<double>();
  QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
}

void TestNetworks::result_does_not_depend_on_the_rest_of_the_batch() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.safetensors").toStdString();
  RandomResNet(3, 3, 10, false).save(file);
  auto network = value(load_network(file, card_of("resnet20", "A"), at::kCPU, Precision::fp32));
  const auto input = at::randn({64, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto whole = network->forward(input).only();
  QVERIFY(at::equal(network->forward(input).only(), whole));
  QVERIFY(at::allclose(network->forward(input.narrow(0, 10, 7)).only(), whole.narrow(0, 10, 7),
                       1e-5, 1e-5));
}

void TestNetworks::weights_that_do_not_fit_are_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("missing") << 0 << "'layer2.1.bn1.running_var' is missing";
  QTest::newRow("another shape") << 1 << "'layer3.0.conv1.weight' is";
  QTest::newRow("one too many") << 2 << "'extra.weight'";
  QTest::newRow("another depth") << 3 << "is missing";
  QTest::newRow("unknown architecture") << 4 << "'vgg16'";
  QTest::newRow("more classes in the card") << 5 << "'linear.weight' is 10 × 64, expected 12 × 64";
  QTest::newRow("grey card, colour weights") << 6 << "'conv1.weight'";
}

void TestNetworks::weights_that_do_not_fit_are_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.safetensors").toStdString();
  RandomResNet net(3, 3, 10, false);
  if (fault == 0) net.weights().erase("layer2.1.bn1.running_var");
  if (fault == 1) net.weights()["layer3.0.conv1.weight"] = at::zeros({64, 64, 3, 3});
  if (fault == 2) net.weights()["extra.weight"] = at::zeros({1});
  net.save(file);
  const auto card = card_of(fault == 3   ? "resnet32"
                            : fault == 4 ? "vgg16"
                                         : "resnet20",
                            "A", fault == 6 ? 1 : 3, fault == 5 ? 12 : 10);
  const auto network = load_network(file, card, at::kCPU, Precision::fp32);
  QVERIFY(!network);
  QVERIFY2(QString::fromStdString(network.error().message).contains(named),
           network.error().message.c_str());
  QCOMPARE(exit_code(network.error().kind), 3);
}

void TestNetworks::torchscript_is_run_as_it_is() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  torch::jit::Module module("net");
  module.register_parameter("weight", at::arange(3 * 10).view({3, 10}).to(at::kFloat) / 30, false);
  module.define(
      "def forward(self, x):\n  return torch.matmul(torch.mean(x, [2, 3]), self.weight)\n");
  module.save(file.string());
  const auto card = card_of("", "A");
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  succeed(check_against_card(*network, card, at::kCPU, Precision::fp32, "net"));
  const auto input = at::randn({4, 3, 32, 32});
  QVERIFY(
      at::allclose(network->forward(input).only(),
                   input.mean({2, 3}).matmul(at::arange(30).view({3, 10}).to(at::kFloat) / 30)));
}

void TestNetworks::wrong_cards_are_named_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QString>("output_kind");
  QTest::addColumn<QString>("named");
  const QString mean = "torch.matmul(torch.mean(x, [2, 3]), self.weight)";
  QTest::newRow("9 classes for 10") << mean + "[:, :9]" << "logits"
                                    << "gives 9 classes, its card names 10";
  QTest::newRow("probabilities as logits") << "torch.softmax(" + mean + ", 1)" << "logits"
                                           << "'probabilities'";
  QTest::newRow("logits as probabilities") << mean + " * 3.0" << "probabilities"
                                           << "'logits'";
  QTest::newRow("feature map") << "x"
                               << "logits"
                               << "2 × 3 × 32 × 32";
  QTest::newRow("other channels")
      << "torch.matmul(torch.mean(x[:, [0, 1, 2, 3]], [2, 3]), self.weight)"
      << "logits"
      << "3 channels, 32 × 32";
  QTest::newRow("not finite") << mean + " / 0.0" << "logits"
                              << "not finite";
  QTest::newRow("a text") << "\"cat\""
                          << "logits"
                          << "does not take";
}

void TestNetworks::wrong_cards_are_named() {
  QFETCH(QString, body);
  QFETCH(QString, output_kind);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  torch::jit::Module module("net");
  module.register_parameter("weight", at::randn({3, 10}), false);
  module.define("def forward(self, x):\n  return " + body.toStdString() + "\n");
  module.save(file.string());
  auto card = card_of("", "A");
  card.output.kind = output_kind.toStdString();
  card.output.details = ClassOutput{output_kind == "probabilities", {}};
  auto network = value(load_network(file, card, at::kCPU, Precision::fp32));
  const auto checked = check_against_card(*network, card, at::kCPU, Precision::fp32, "net.pt");
  QVERIFY(!checked);
  QVERIFY2(QString::fromStdString(checked.error().message).contains(named),
           checked.error().message.c_str());
  QCOMPARE(checked.error().where, std::string("net.pt"));
}

void TestNetworks::pickles_are_refused_data() {
  QTest::addColumn<QByteArray>("content");
  QTest::addColumn<QString>("named");
  QTest::newRow("pickle") << QByteArray("\x80\x02}q\x00.") << "pickle";
  QTest::newRow("torch.save") << zip_of({"archive/data.pkl", "archive/data/0"}) << "pickle";
  QTest::newRow("npz") << zip_of({"weight.npy"}) << "neither TorchScript nor safetensors";
  QTest::newRow("text") << QByteArray("hello") << "neither TorchScript nor safetensors";
  QTest::newRow("empty") << QByteArray() << "";
  QTest::newRow("TorchScript without code")
      << zip_of({"archive/data.pkl", "archive/constants.pkl"}) << "TorchScript cannot load";
  QTest::newRow("TorchScript cut off")
      << QByteArray("PK\x03\x04 archive/constants.pkl") << "cut off or damaged";
  QTest::newRow("package of native code")
      << zip_of({"net/archive_format", "net/data/aotinductor/model/model.so"}) << ".pt2 package";
  QTest::newRow("safetensors whose length begins as a pickle")
      << QByteArray("\x80\x00\x00\x00\x00\x00\x00\x00{", 9) + QByteArray(127, ' ') << "JSON";
  QTest::newRow("safetensors cut off")
      << QByteArray("\xff\x00\x00\x00\x00\x00\x00\x00{\"a\":", 13) << "";
}

void TestNetworks::pickles_are_refused() {
  QFETCH(QByteArray, content);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const auto file = directory.filePath("model.pth");
  write_bytes(file, content);
  const auto network =
      load_network(file.toStdString(), card_of("resnet20", "A"), at::kCPU, Precision::fp32);
  QVERIFY(!network);
  const auto text = QString::fromStdString(to_string(network.error()));
  QVERIFY2(text.contains(named), qPrintable(text));
  QVERIFY(text.contains("model.pth"));
  if (named == "pickle") QVERIFY(text.contains("export"));
}

void TestNetworks::median_and_spread() {
  const auto odd = median_spread({5, 1, 3});
  QCOMPARE(odd.median, 3.0);
  QCOMPARE(odd.spread, 2.0);
  const auto even = median_spread({4, 1, 2, 3});
  QCOMPARE(even.median, 2.5);
  QCOMPARE(even.spread, 1.5);
  QCOMPARE(median_spread({}).median, 0.0);
  QCOMPARE(median_spread({7}).spread, 0.0);
}

QTEST_APPLESS_MAIN(TestNetworks)
#include "test_networks.moc"

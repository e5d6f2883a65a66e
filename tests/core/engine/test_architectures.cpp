#include <QTemporaryDir>
#include <QtTest>

#include <ATen/ATen.h>

#include "core/engine/architectures/architecture.h"
#include "core/engine/architectures/layers.h"
#include "core/engine/inference/network.h"
#include "core/engine/training/checkpoint.h"
#include "core/types/architecture_names.h"
#include "tests/core/engine/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

std::unique_ptr<TrainableNetwork> make(const std::string& name, const ClassifierShape& shape,
                                       std::uint64_t seed = 1) {
  return find_architecture(name)->make(shape, initial_tensors(seed));
}

NamedTensors tensors_of(TrainableNetwork& network) {
  NamedTensors all;
  for (const auto& named : network.tensors()) all.emplace_back(named.name, named.tensor);
  return all;
}

ModelCard card_of(const std::string& architecture, const ClassifierShape& shape) {
  auto card = value(parse_model_card(StudyFixture::card(architecture, int(shape.classes)), "c"));
  card.architecture = architecture;
  card.shortcut = "A";
  card.input.channels = int(shape.channels);
  card.input.height = int(shape.height);
  card.input.width = int(shape.width);
  return card;
}

}  // namespace

void TestArchitectures::parameters_are_as_published_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<int>("channels");
  QTest::addColumn<int>("side");
  QTest::addColumn<qlonglong>("parameters");
  // LeCun's layers with all 16 × 6 maps connected; the others as their papers count them (0.27,
  // 0.46, 0.66, 0.85 and 1.0 million).
  QTest::newRow("LeNet-5, 28 x 28") << "lenet5" << 1 << 28 << 61'706LL;
  QTest::newRow("LeNet-5, 32 x 32") << "lenet5" << 1 << 32 << 61'706LL;
  QTest::newRow("ConvNet") << "convnet" << 3 << 32 << 145'578LL;
  QTest::newRow("ResNet-20") << "resnet20" << 3 << 32 << 269'722LL;
  QTest::newRow("ResNet-32") << "resnet32" << 3 << 32 << 464'154LL;
  QTest::newRow("ResNet-44") << "resnet44" << 3 << 32 << 658'586LL;
  QTest::newRow("ResNet-56") << "resnet56" << 3 << 32 << 853'018LL;
  QTest::newRow("DenseNet-40") << "densenet40" << 3 << 32 << 1'019'722LL;
}

void TestArchitectures::parameters_are_as_published() {
  QFETCH(QString, name);
  QFETCH(int, channels);
  QFETCH(int, side);
  QFETCH(qlonglong, parameters);
  const auto network = make(name.toStdString(), {channels, side, side, 10});
  qlonglong count = 0;
  for (const auto& named : network->tensors())
    if (is_trained(named.role)) count += named.tensor.numel();
  QCOMPARE(count, parameters);
  const auto logits = network->forward(at::randn({2, channels, side, side}), true);
  QCOMPARE(logits.sizes().vec(), (std::vector<int64_t>{2, 10}));
}

void TestArchitectures::the_workbench_lists_the_same() {
  QCOMPARE(architectures().size(), std::size(architecture_names_list));
  for (std::size_t i = 0; i < architectures().size(); ++i)
    QCOMPARE(architectures()[i].name, architecture_names_list[i]);
}

void TestArchitectures::keys_are_the_published_ones() {
  const auto names = [](const char* architecture) {
    std::set<std::string> all;
    const auto network = make(architecture, {3, 32, 32, 10});
    for (const auto& named : network->tensors()) all.insert(named.name);
    return all;
  };
  const auto resnet = names("resnet20");
  for (const char* key : {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight",
                          "layer2.2.bn2.bias", "layer3.2.bn2.running_mean", "linear.weight"})
    QVERIFY2(resnet.contains(key), key);
  const auto densenet = names("densenet40");
  for (const char* key :
       {"conv1.weight", "block1.layer.0.bn1.weight", "block3.layer.11.conv1.weight",
        "trans1.bn1.running_mean", "trans2.conv1.weight", "bn1.bias", "fc.bias"})
    QVERIFY2(densenet.contains(key), key);
  QVERIFY(names("lenet5").contains("fc3.bias"));
  QVERIFY(names("convnet").contains("conv3.bias"));
}

void TestArchitectures::saved_networks_evaluate_as_they_were_trained_data() {
  QTest::addColumn<QString>("name");
  for (const auto& architecture : architectures())
    if (!architecture.detector)  // test_detector_training.cpp has them
      QTest::newRow(std::string(architecture.name).c_str())
          << QString::fromStdString(std::string(architecture.name));
}

void TestArchitectures::saved_networks_evaluate_as_they_were_trained() {
  QFETCH(QString, name);
  const ClassifierShape shape{3, 32, 32, 7};
  const auto network = make(name.toStdString(), shape, 5);
  at::manual_seed(3);
  // Running statistics that are not those of the beginning.
  for (int i = 0; i < 3; ++i) network->forward(at::randn({8, 3, 32, 32}) * 1.5 + 0.2, true);
  QTemporaryDir folder;
  const auto file = folder.filePath("n.safetensors").toStdString();
  succeed(save_tensors(file, {}, tensors_of(*network)));
  const auto loaded =
      value(load_network(file, card_of(name.toStdString(), shape), c10::kCPU, Precision::fp32));
  const at::Tensor images = at::randn({5, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor expected = network->forward(images, false), got = loaded->forward(images).only();
  QVERIFY2(at::allclose(got, expected, 1e-4, 1e-5),
           qPrintable(QString::number((got - expected).abs().max().item<double>())));
  succeed(check_against_card(*loaded, card_of(name.toStdString(), shape), c10::kCPU,
                             Precision::fp32, file));
  const auto half =
      value(load_network(file, card_of(name.toStdString(), shape), c10::kCPU, Precision::bf16));
  const at::Tensor rough = half->forward(images.to(at::kBFloat16)).only().to(at::kFloat);
  QVERIFY((rough - expected).abs().max().item<double>() <
          0.1 * expected.abs().max().item<double>());
}

void TestArchitectures::gradients_equal_finite_differences_data() {
  QTest::addColumn<QString>("name");
  for (const char* name : {"lenet5", "convnet", "resnet20", "densenet40"})
    QTest::newRow(name) << name;
}

void TestArchitectures::gradients_equal_finite_differences() {
  QFETCH(QString, name);
  const int side = name == "lenet5" ? 20 : 8;
  const auto source = [initial = initial_tensors(2)](const std::string& tensor, TensorRole role,
                                                     std::vector<std::int64_t> shape) {
    auto made = initial(tensor, role, std::move(shape)).to(at::kDouble);
    if (is_trained(role)) made.requires_grad_();
    return made;
  };
  const auto network = find_architecture(name.toStdString())->make({1, side, side, 3}, source);
  at::manual_seed(9);
  const at::Tensor images = at::randn({4, 1, side, side}, at::kDouble);
  const at::Tensor labels = at::tensor({0, 2, 1, 1}, at::kLong);
  const auto loss = [&] { return at::cross_entropy_loss(network->forward(images, true), labels); };
  loss().backward();
  int checked = 0;
  for (auto& named : network->tensors()) {
    if (!is_trained(named.role) || checked > 12) continue;
    at::Tensor flat = named.tensor.detach().view(-1);
    const auto place = flat.numel() / 2;
    const double gradient = named.tensor.grad().reshape(-1)[place].item<double>();
    const double before = flat[place].item<double>();
    constexpr double h = 1e-6;
    flat[place].fill_(before + h);
    const double above = loss().item<double>();
    flat[place].fill_(before - h);
    const double below = loss().item<double>();
    flat[place].fill_(before);
    const double difference = (above - below) / (2 * h);
    QVERIFY2(
        std::abs(gradient - difference) < 1e-6 + 1e-4 * std::abs(difference),
        qPrintable(QString("%1: %2 and %3").arg(named.name.c_str()).arg(gradient).arg(difference)));
    ++checked;
  }
  QVERIFY(checked >= 10);
}

void TestArchitectures::pooling_equals_slow_windows_data() {
  QTest::addColumn<int>("side");
  QTest::addColumn<int>("size");
  QTest::addColumn<int>("stride");
  for (const int side : {2, 3, 7, 8, 32})
    for (const auto& [size, stride] : {std::pair(2, 2), std::pair(3, 2)})
      QTest::addRow("%d: %d/%d", side, size, stride) << side << size << stride;
}

void TestArchitectures::pooling_equals_slow_windows() {
  QFETCH(int, side);
  QFETCH(int, size);
  QFETCH(int, stride);
  at::manual_seed(1);
  const at::Tensor x = at::randn({2, 3, side, side});
  const at::Tensor got = max_pool(x, size, stride);
  const auto windows = pooled(side, size, stride);
  QCOMPARE(got.sizes().vec(), (std::vector<int64_t>{2, 3, windows, windows}));
  for (int64_t i = 0; i < windows; ++i)
    for (int64_t j = 0; j < windows; ++j) {
      const auto end = [&](int64_t k) { return std::min<int64_t>(side, k * stride + size); };
      const at::Tensor window = x.slice(2, i * stride, end(i)).slice(3, j * stride, end(j));
      QVERIFY(at::equal(got.select(2, i).select(2, j), window.amax({2, 3})));
    }
}

void TestArchitectures::initial_tensors_have_their_moments() {
  const auto source = initial_tensors(11);
  const at::Tensor weight = source("a.weight", TensorRole::weight, {64, 64, 3, 3});
  const double n = double(weight.numel()), deviation = std::sqrt(2.0 / (64 * 9));
  QVERIFY(std::abs(weight.mean().item<double>()) < 5 * deviation / std::sqrt(n));
  QVERIFY(std::abs(weight.std().item<double>() / deviation - 1) < 5 / std::sqrt(2 * n));
  QVERIFY(at::equal(weight, source("a.weight", TensorRole::weight, {64, 64, 3, 3})));
  QVERIFY(!at::equal(weight, source("b.weight", TensorRole::weight, {64, 64, 3, 3})));
  QVERIFY(!at::equal(weight, initial_tensors(12)("a.weight", TensorRole::weight, {64, 64, 3, 3})));
  QVERIFY(at::equal(source("n", TensorRole::scale, {4}), at::ones({4})));
  QVERIFY(at::equal(source("n", TensorRole::bias, {4}), at::zeros({4})));
}

void TestArchitectures::bad_files_are_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("missing") << 0 << "'fc2.bias' is missing";
  QTest::newRow("superfluous") << 1 << "'extra' belongs to no part";
  QTest::newRow("another shape") << 2 << "'conv2.weight' is 16 × 5 × 5 × 6";
  QTest::newRow("unknown architecture") << 3 << "'vgg16' is not known";
  QTest::newRow("no architecture") << 4 << "must name its architecture";
  QTest::newRow("too small") << 5 << "at least 16 pixels";
}

void TestArchitectures::bad_files_are_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  const ClassifierShape shape{1, 28, 28, 10};
  const auto network = make("lenet5", shape);
  NamedTensors tensors = tensors_of(*network);
  if (fault == 0) std::erase_if(tensors, [](const auto& t) { return t.first == "fc2.bias"; });
  if (fault == 1) tensors.emplace_back("extra", at::zeros({3}));
  if (fault == 2)
    for (auto& [name, tensor] : tensors)
      if (name == "conv2.weight") tensor = tensor.transpose(1, 3).contiguous();
  QTemporaryDir folder;
  const auto file = folder.filePath("n.safetensors").toStdString();
  succeed(save_tensors(file, {}, tensors));
  auto card = card_of("lenet5", shape);
  if (fault == 3) card.architecture = "vgg16";
  if (fault == 4) card.architecture.clear();
  if (fault == 5) card.input.width = card.input.height = 12;
  const auto loaded = load_network(file, card, c10::kCPU, Precision::fp32);
  QVERIFY(!loaded);
  const auto message = QString::fromStdString(to_string(loaded.error()));
  QVERIFY2(message.contains(named), qPrintable(message));
}

}  // namespace plumbline::test

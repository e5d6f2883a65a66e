#include <QtTest>

#include <ATen/ATen.h>

#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

ModelCard card_with(const std::string& output) {
  auto text = QString::fromStdString(StudyFixture::card("net", 10));
  text.replace(R"({"kind":"logits"})", QString::fromStdString(output));
  return value(parse_model_card(text.toStdString(), "net"));
}

std::unique_ptr<Network> scripted(const QTemporaryDir& directory, const QString& body) {
  const std::filesystem::path file = directory.filePath("net.pt").toStdString();
  save_script(file, body.toStdString());
  return value(load_network(file, card_with(R"({"kind":"logits"})"), at::kCPU, Precision::fp32));
}

const QString logits = "torch.matmul(torch.mean(x, [2, 3]), self.weight)";

}  // namespace

void TestNetworkOutput::every_tensor_has_its_name_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QStringList>("names");
  QTest::newRow("a tensor") << "  return x" << QStringList{""};
  QTest::newRow("a tuple") << "  return x, x + 1" << QStringList{"0", "1"};
  QTest::newRow("a list") << "  return [x, x + 1, x + 2]" << QStringList{"0", "1", "2"};
  QTest::newRow("a dict") << "  return {'logits': x, 'aux': x + 1}" << QStringList{"logits", "aux"};
  QTest::newRow("a dict of integers") << "  return {7: x, 3: x + 1}" << QStringList{"7", "3"};
  QTest::newRow("a tuple in a tuple")
      << "  return x, (x + 1, x + 2)" << QStringList{"0", "1.0", "1.1"};
  QTest::newRow("lists in a dict") << "  return {'boxes': [x, x + 1], 'scores': [x + 2]}"
                                   << QStringList{"boxes.0", "boxes.1", "scores.0"};
  QTest::newRow("nothing beside a tensor") << "  return x, None" << QStringList{"0"};
}

void TestNetworkOutput::every_tensor_has_its_name() {
  QFETCH(QString, body);
  QFETCH(QStringList, names);
  const QTemporaryDir directory;
  const auto network = scripted(directory, body);
  const auto input = at::rand({2, 3, 4, 4});
  const auto output = network->forward(input);
  QStringList found;
  for (const OutputTensor& entry : output.tensors()) found << QString::fromStdString(entry.name);
  QCOMPARE(found, names);
  // The values belong to their names: entry i is the input plus i.
  for (std::size_t i = 0; i < output.tensors().size(); ++i)
    QVERIFY(at::equal(output.tensors()[i].tensor, input + static_cast<double>(i)));
}

void TestNetworkOutput::what_is_no_tensor_is_an_error_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QString>("named");
  QTest::newRow("a text") << "  return 'cat'"
                          << "String";
  QTest::newRow("a number in a tuple") << "  return x, 3"
                                       << "'1'";
  QTest::newRow("a flag in a dict") << "  return x, {'found': True}"
                                    << "'1.found'";
  QTest::newRow("an empty list") << "  return x[:0].unbind(0)"
                                 << "no tensor";
}

void TestNetworkOutput::what_is_no_tensor_is_an_error() {
  QFETCH(QString, body);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const auto network = scripted(directory, body);
  const auto checked = check_against_card(*network, card_with(R"({"kind":"logits"})"), at::kCPU,
                                          Precision::fp32, "net.pt");
  QVERIFY(!checked);
  QVERIFY2(QString::fromStdString(checked.error().message).contains(named),
           checked.error().message.c_str());
}

void TestNetworkOutput::a_classifier_says_which_tensor_counts_data() {
  QTest::addColumn<QString>("body");
  QTest::addColumn<QString>("tensor");
  QTest::addColumn<QString>("named");
  QTest::newRow("one of a dict") << "  return {'features': x, 'out': " + logits + "}" << "out"
                                 << "";
  QTest::newRow("none is named") << "  return " + logits + ", x" << ""
                                 << "gives 2 tensors ('0' of 2 × 10, '1' of 2 × 3 × 32 × 32)";
  QTest::newRow("one that is not there") << "  return {'out': " + logits + "}" << "logits"
                                         << "gives no tensor 'logits'";
  QTest::newRow("the wrong one") << "  return " + logits + ", x" << "1"
                                 << "2 × 3 × 32 × 32";
  QTest::newRow("a tuple of one") << "  return (" + logits + ",)" << ""
                                  << "";
}

void TestNetworkOutput::a_classifier_says_which_tensor_counts() {
  QFETCH(QString, body);
  QFETCH(QString, tensor);
  QFETCH(QString, named);
  const QTemporaryDir directory;
  const auto network = scripted(directory, body);
  const auto card = card_with(R"({"kind":"logits","tensor":")" + tensor.toStdString() + "\"}");
  const auto checked = check_against_card(*network, card, at::kCPU, Precision::fp32, "net.pt");
  QCOMPARE(checked.has_value(), named.isEmpty());
  if (checked) return;
  QVERIFY2(QString::fromStdString(checked.error().message).contains(named),
           checked.error().message.c_str());
  QCOMPARE(checked.error().where, std::string("net.pt"));
}

}  // namespace plumbline::test

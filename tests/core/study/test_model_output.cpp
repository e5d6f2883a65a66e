#include <QtTest>

#include "core/study/model_card.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// A card with this "output", and what stands behind it.
std::string card_with(const QString& output, const QString& task = "detection") {
  auto text = QString::fromStdString(StudyFixture::card("net", 3));
  text.replace(R"("output":{"kind":"logits"})", "\"output\":" + output);
  return text.replace("\"task\":\"classification\"", "\"task\":\"" + task + "\"").toStdString();
}

BoxOutput boxes_of(const QString& output) {
  const auto card = value(parse_model_card(card_with(output), "net"));
  return std::get<BoxOutput>(card.output.details);
}

const QString yolox = R"({"kind":"yolox","layout":"N x 3549 x 85","decoded":false,
  "strides":[8,16,32],"anchors_per_cell":1,"rows":"52*52 cells of stride 8",
  "columns":"0 dx, 1 dy","box":"centre","score":"objectness * class score",
  "class_rule":"one class per cell, the best"},
  "postprocess":{"score_threshold":0.01,"nms":"across classes","nms_iou":0.45,
  "max_detections":100,"clip":"to the image, after suppression"})";
const QString fastestdet = R"x({"kind":"fastestdet","layout":"N x 85 x 22 x 22","decoded":false,
  "strides":[16],"anchors_per_cell":1,"channels":"0 objectness","box":"centre x = tanh(dx)",
  "score":"objectness^0.6 * class^0.4","score_exponents":[0.6,0.4],
  "activations":{"objectness":"sigmoid","classes":"softmax"}})x";
const QString yolov5 = R"({"kind":"yolov5","decoded":false,"strides":[8,16],
  "anchors":[[[10,13],[16,30],[33,23]],[[30,61],[62,45],[59,119]]]})";

}  // namespace

void TestModelOutput::boxes_are_read_data() {
  QTest::addColumn<QString>("output");
  QTest::addColumn<QList<int>>("strides");
  QTest::addColumn<int>("anchors");
  QTest::addColumn<double>("exponent");
  QTest::addColumn<int>("most");
  QTest::newRow("yolox") << yolox << QList<int>{8, 16, 32} << 1 << 1.0 << 100;
  QTest::newRow("fastestdet") << fastestdet << QList<int>{16} << 1 << 0.6 << 300;
  QTest::newRow("yolov5") << yolov5 << QList<int>{8, 16} << 3 << 1.0 << 300;
}

void TestModelOutput::boxes_are_read() {
  QFETCH(QString, output);
  QFETCH(QList<int>, strides);
  QFETCH(int, anchors);
  QFETCH(double, exponent);
  QFETCH(int, most);
  const auto card = value(parse_model_card(card_with(output), "net"));
  QCOMPARE(card.output.predictions, std::string("boxes"));
  const auto& boxes = std::get<BoxOutput>(card.output.details);
  QVERIFY(!boxes.decoded);
  QCOMPARE(boxes.strides, std::vector<int>(strides.begin(), strides.end()));
  QCOMPARE(boxes.anchors_per_cell, anchors);
  QCOMPARE(boxes.score_exponents[0], exponent);
  QCOMPARE(boxes.suppression.max_detections, most);
  if (card.output.kind == "yolov5") {
    QCOMPARE(boxes.anchors.size(), std::size_t{2});
    QCOMPARE(boxes.anchors[1][2].height, 119.0);
  }
  if (card.output.kind == "yolox") {
    QVERIFY(boxes.suppression.by == BoxSuppression::By::across_classes);
    QCOMPARE(boxes.suppression.iou, 0.45);
    QCOMPARE(boxes.suppression.score_threshold, 0.01);
  }
  const bool raw = card.output.kind == "fastestdet";
  QVERIFY(boxes.objectness == (raw ? BoxActivation::sigmoid : BoxActivation::none));
  QVERIFY(boxes.classes == (raw ? BoxActivation::softmax : BoxActivation::none));
}

void TestModelOutput::boxes_have_defaults() {
  for (const char* kind : {"boxes-xyxy", "yolov5", "yolov8", "detr"}) {
    const BoxOutput boxes = boxes_of(QString(R"({"kind":"%1"})").arg(kind));
    QVERIFY2(boxes.decoded, kind);
    QVERIFY(boxes.strides.empty());
    QVERIFY(boxes.suppression.by == BoxSuppression::By::per_class);
  }
}

void TestModelOutput::a_classifier_names_its_tensor() {
  const auto card = value(parse_model_card(
      card_with(R"({"kind":"probabilities","tensor":"out"})", "classification"), "net"));
  const auto& classes = std::get<ClassOutput>(card.output.details);
  QVERIFY(classes.probabilities);
  QCOMPARE(classes.tensor, std::string("out"));
}

void TestModelOutput::wrong_outputs_are_named_data() {
  QTest::addColumn<QString>("output");
  QTest::addColumn<QString>("named");
  const auto changed = [](const QString& card, const char* from, const char* to) {
    if (!card.contains(from)) qFatal("the row changes nothing");
    return QString(card).replace(from, to);
  };
  QTest::newRow("no kind") << "{}" << "'output.kind' is missing";
  QTest::newRow("unknown kind") << R"({"kind":"yolov99"})" << "not one of: logits, probabilities";
  QTest::newRow("a classifier's") << R"({"kind":"logits"})"
                                  << "not the output of a detection model";
  QTest::newRow("a list") << "[]" << "'output' must be an object";
  QTest::newRow("no strides") << R"({"kind":"yolox"})" << "'output.strides' is missing";
  QTest::newRow("stride of zero") << changed(yolox, "[8,16,32]", "[8,0,32]") << "'output.strides'";
  QTest::newRow("stride in words")
      << changed(yolox, "[8,16,32]", "[8,\"x\"]") << "'output.strides'";
  QTest::newRow("raw without anchors")
      << R"({"kind":"yolov5","decoded":false,"strides":[8]})" << "'output.anchors' is missing";
  QTest::newRow("anchors of one stride")
      << changed(yolov5, "[8,16]", "[8,16,32]") << "'output.anchors' must be one list";
  QTest::newRow("uneven anchors") << changed(yolov5, "[30,61],", "") << "equally many";
  QTest::newRow("anchor of one side") << changed(yolov5, "[30,61]", "[30]") << "'output.anchors'";
  QTest::newRow("negative anchor") << changed(yolov5, "[30,61]", "[-30,61]") << "'output.anchors'";
  QTest::newRow("anchors counted wrongly")
      << changed(yolov5, "\"decoded\":false", "\"decoded\":false,\"anchors_per_cell\":2")
      << "'output.anchors_per_cell'";
  QTest::newRow("unknown activation")
      << changed(fastestdet, "\"sigmoid\"", "\"relu\"") << "'output.activations.objectness'";
  QTest::newRow("one exponent") << changed(fastestdet, "[0.6,0.4]", "[0.6]")
                                << "'output.score_exponents'";
  QTest::newRow("a key that is none") << changed(yolox, "\"strides\"", "\"stride\":8,\"strides\"")
                                      << "'output.stride' is not a known key";
  QTest::newRow("detr that is raw") << R"({"kind":"detr","decoded":false,"strides":[8]})"
                                    << "'output.decoded'";
  QTest::newRow("unknown suppression")
      << changed(yolox, "across classes", "soft") << "'postprocess.nms'";
  QTest::newRow("overlap beyond 1") << changed(yolox, "0.45", "4.5") << "'postprocess.nms_iou'";
}

void TestModelOutput::wrong_outputs_are_named() {
  QFETCH(QString, output);
  QFETCH(QString, named);
  const auto card = parse_model_card(card_with(output), "net.card.json");
  QVERIFY(!card);
  QCOMPARE(card.error().where, std::string("net.card.json"));
  QVERIFY2(QString::fromStdString(card.error().message).contains(named),
           card.error().message.c_str());
}

void TestModelOutput::a_further_kind_is_one_entry() {
  static constexpr OutputKind count = {
      "count", "counting", "counts", [](JsonObject& output, const OutputKind&) {
        decltype(CardOutput::details) details =
            FurtherOutput{{{"most", output.number("most", 1, 100)}}};
        output.refuse_unknown();
        return details;
      }};
  const auto text = card_with(R"({"kind":"count","most":7})", "counting");
  QVERIFY(!parse_model_card(text, "net"));
  QVERIFY(output_kinds().add(count));
  QVERIFY(!output_kinds().add(count));
  const auto card = value(parse_model_card(text, "net"));
  QCOMPARE(card.task, std::string("counting"));
  QCOMPARE(card.output.predictions, std::string("counts"));
  QCOMPARE(std::get<FurtherOutput>(card.output.details).numbers.at("most"), 7.0);
  const auto wrong = parse_model_card(card_with(R"({"kind":"count","most":700})", "counting"), "n");
  QVERIFY(!wrong);
  QVERIFY(QString::fromStdString(wrong.error().message).contains("'output.most'"));
}

}  // namespace plumbline::test

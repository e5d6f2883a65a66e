#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "core/engine/inference/heads/box_decoder.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/predictions/box_predictions.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

/// A card for an input of 64 × 32 with three classes; `output` and `postprocess` as in its JSON.
ModelCard detector_card(const QString& output, const QString& resize = R"({"kind":"stretch"})",
                        const QString& postprocess = "{}") {
  const QString text =
      QStringLiteral(R"({"schema":1,"name":"d","task":"detection","input":{"channels":3,)"
                     R"("height":32,"width":64,"colour_order":"RGB","resize":%2,"scale":1,)"
                     R"("mean":[0,0,0],"std":[1,1,1]},"output":%1,"postprocess":%3,)"
                     R"("classes":["cat","dog","frog"]})")
          .arg(output, resize, postprocess);
  return value(parse_model_card(text.toStdString(), "d"));
}

const QString two_grids = R"("strides":[8,16])";
constexpr int input_width = 64, input_height = 32;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct ExpectedBox {
  double left = 0, top = 0, right = 0, bottom = 0, score = 0;
  int label = 0;
};

ExpectedBox around(double x, double y, double width, double height, double score, int label) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, label};
}

/// The best of three classes from `at`.
template <class At>
std::pair<double, int> best_of(At at) {
  int best = 0;
  for (int c = 1; c < 3; ++c)
    if (at(c) > at(best)) best = c;
  return {at(best), best};
}

ScoredBoxes decoded(const NetworkOutput& output, const ModelCard& card, std::int64_t batch) {
  const BoxDecoder* decoder = box_decoders().find(card.output.kind);
  return scored_boxes(value(decoder->read(output, card, batch)),
                      std::get<BoxOutput>(card.output.details));
}

/// Compares image `image` with what was expected of it.
void compare(const ScoredBoxes& found, std::int64_t image, const std::vector<ExpectedBox>& boxes) {
  QCOMPARE(found.boxes.size(1), static_cast<std::int64_t>(boxes.size()));
  QVERIFY(found.labels.scalar_type() == at::kInt && found.scores.scalar_type() == at::kFloat);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    const at::Tensor box = found.boxes[image][place];
    const ExpectedBox& expected = boxes[i];
    const double off = std::max({std::abs(box[0].item<double>() - expected.left),
                                 std::abs(box[1].item<double>() - expected.top),
                                 std::abs(box[2].item<double>() - expected.right),
                                 std::abs(box[3].item<double>() - expected.bottom)});
    QVERIFY2(off < 2e-4, qPrintable(QString("box %1 is off by %2").arg(i).arg(off)));
    QVERIFY(std::abs(found.scores[image][place].item<double>() - expected.score) < 1e-5);
    QCOMPARE(found.labels[image][place].item<int>(), expected.label);
  }
}

}  // namespace

void TestBoxHead::cells_are_decoded_as_defined_data() {
  QTest::addColumn<QString>("output");
  QTest::addColumn<int>("anchors");
  QTest::newRow("yolox, offsets") << R"({"kind":"yolox",)" + two_grids + "}" << 1;
  QTest::newRow("yolox, its sigmoids to come")
      << R"({"kind":"yolox","activations":{"objectness":"sigmoid","classes":"sigmoid"},)" +
             two_grids + "}"
      << 1;
  QTest::newRow("yolov5, raw")
      << R"({"kind":"yolov5","decoded":false,"anchors":[[[10,13],[16,30]],[[30,61],[62,45]]],)"
         R"("activations":{"objectness":"sigmoid","classes":"sigmoid"},)" +
             two_grids + "}"
      << 2;
}

/// Each place by loops over strides, anchors, rows and columns, in double.
void TestBoxHead::cells_are_decoded_as_defined() {
  QFETCH(QString, output);
  QFETCH(int, anchors);
  const ModelCard card = detector_card(output);
  const auto& kind = std::get<BoxOutput>(card.output.details);
  const bool yolov5 = card.output.kind == "yolov5";
  at::manual_seed(4);
  const std::int64_t places = (8 * 4 + 4 * 2) * anchors;
  at::Tensor values = at::randn({2, places, 8});
  if (kind.objectness == BoxActivation::none) values.narrow(2, 4, 4).sigmoid_();
  std::vector<std::vector<ExpectedBox>> expected(2);
  for (std::int64_t image = 0; image < 2; ++image) {
    std::int64_t place = 0;
    for (std::size_t s = 0; s < 2; ++s)
      for (int anchor = 0; anchor < anchors; ++anchor)
        for (int row = 0; row < (s == 0 ? 4 : 2); ++row)
          for (int column = 0; column < (s == 0 ? 8 : 4); ++column, ++place) {
            const double stride = s == 0 ? 8 : 16;
            const auto at = [&](int i) { return values[image][place][i].item<double>(); };
            const bool raw = kind.objectness == BoxActivation::sigmoid;
            const auto [best, label] =
                best_of([&](int c) { return raw ? sigmoid(at(5 + c)) : at(5 + c); });
            const double score = best * (raw ? sigmoid(at(4)) : at(4));
            if (yolov5) {
              const Anchor& own = kind.anchors[s][static_cast<std::size_t>(anchor)];
              expected[image].push_back(around((2 * sigmoid(at(0)) - 0.5 + column) * stride,
                                               (2 * sigmoid(at(1)) - 0.5 + row) * stride,
                                               std::pow(2 * sigmoid(at(2)), 2) * own.width,
                                               std::pow(2 * sigmoid(at(3)), 2) * own.height, score,
                                               label));
            } else {
              expected[image].push_back(around((at(0) + column) * stride, (at(1) + row) * stride,
                                               std::exp(at(2)) * stride, std::exp(at(3)) * stride,
                                               score, label));
            }
          }
  }
  const ScoredBoxes found = decoded(values, card, 2);
  for (std::int64_t image = 0; image < 2; ++image) compare(found, image, expected[image]);
  if (!yolov5) return;
  // A tensor a stride, as exports of the head give them, is the same.
  const NetworkOutput grids(
      std::vector<OutputTensor>{{"0", values.narrow(1, 0, 64).reshape({2, 2, 4, 8, 8})},
                                {"1", values.narrow(1, 64, 16).reshape({2, 2, 2, 4, 8})}});
  const ScoredBoxes same = decoded(grids, card, 2);
  QVERIFY(same.boxes.equal(found.boxes) && same.scores.equal(found.scores));
}

void TestBoxHead::fastestdet_is_decoded_as_defined() {
  const ModelCard card =
      detector_card(R"({"kind":"fastestdet","strides":[16],"score_exponents":[0.6,0.4]})");
  at::manual_seed(5);
  at::Tensor values = at::randn({2, 8, 2, 4});
  values.narrow(1, 0, 1).sigmoid_();
  values.narrow(1, 5, 3).sigmoid_();
  const ScoredBoxes found = decoded(values, card, 2);
  for (std::int64_t image = 0; image < 2; ++image) {
    std::vector<ExpectedBox> expected;
    for (int row = 0; row < 2; ++row)
      for (int column = 0; column < 4; ++column) {
        const auto at = [&](int i) { return values[image][i][row][column].item<double>(); };
        const auto [best, label] = best_of([&](int c) { return at(5 + c); });
        expected.push_back(around((std::tanh(at(1)) + column) / 4 * input_width,
                                  (std::tanh(at(2)) + row) / 2 * input_height,
                                  sigmoid(at(3)) * input_width, sigmoid(at(4)) * input_height,
                                  std::pow(at(0), 0.6) * std::pow(best, 0.4), label));
      }
    compare(found, image, expected);
  }
}

void TestBoxHead::lists_of_boxes_are_read() {
  // yolov8: centre and size in pixels, a row a class.
  at::Tensor rows = at::zeros({2, 7, 40});
  rows[1].select(1, 3).copy_(at::tensor({20.F, 10.F, 8.F, 4.F, 0.1F, 0.7F, 0.2F}));
  const ScoredBoxes eight =
      decoded(rows, detector_card(R"({"kind":"yolov8",)" + two_grids + "}"), 2);
  QVERIFY(eight.boxes[1][3].equal(at::tensor({16.F, 8.F, 24.F, 12.F})));
  QCOMPARE(eight.labels[1][3].item<int>(), 1);
  QCOMPARE(eight.scores[1][3].item<float>(), 0.7F);

  // detr: fractions of the input; the last column is for nothing and has no score.
  const NetworkOutput detr(std::vector<OutputTensor>{
      {"pred_logits", at::log(at::tensor({0.1F, 0.2F, 0.3F, 0.4F})).expand({2, 5, 4})},
      {"pred_boxes", at::tensor({0.5F, 0.5F, 0.25F, 0.5F}).expand({2, 5, 4})}});
  const ScoredBoxes transformer =
      decoded(detr, detector_card(R"({"kind":"detr","activations":{"classes":"softmax"}})"), 2);
  QVERIFY(transformer.boxes[0][0].equal(at::tensor({24.F, 8.F, 40.F, 24.F})));
  QCOMPARE(transformer.labels[0][0].item<int>(), 2);
  QVERIFY(std::abs(transformer.scores[0][0].item<float>() - 0.3F) < 1e-6F);

  // torchvision: a dict an image, with as many boxes as each has.
  const auto image = [](const std::string& name, std::int64_t n, float score) {
    return std::vector<OutputTensor>{{name + ".boxes", at::full({n, 4}, 3.F)},
                                     {name + ".labels", at::full({n}, 2, at::kLong)},
                                     {name + ".scores", at::full({n}, score)}};
  };
  auto listed = image("1.0", 0, 0);
  for (auto& entry : image("1.1", 3, 0.5F)) listed.push_back(entry);
  const ModelCard xyxy = detector_card(R"({"kind":"boxes-xyxy"})");
  const ScoredBoxes ragged = decoded(NetworkOutput(listed), xyxy, 2);
  QCOMPARE(ragged.boxes.sizes(), (at::IntArrayRef{2, 3, 4}));
  QVERIFY(std::isinf(ragged.scores[0][0].item<float>()));
  QCOMPARE(ragged.scores[1][2].item<float>(), 0.5F);
  QCOMPARE(ragged.labels[1][0].item<int>(), 2);
  QVERIFY(!box_decoders().find("boxes-xyxy")->read(NetworkOutput(listed), xyxy, 3));
}

void TestBoxHead::a_wrong_card_is_named_data() {
  QTest::addColumn<QString>("output");
  QTest::addColumn<int>("kind");  // of the tensor that is given
  QTest::addColumn<QString>("named");
  const auto yolox = [](const QString& more) { return R"({"kind":"yolox",)" + more + "}"; };
  QTest::newRow("right") << yolox(two_grids) << 0 << "";
  QTest::newRow("a stride too few") << yolox(R"("strides":[8])") << 0 << "32: 8 × 4 of stride 8";
  QTest::newRow("other strides") << yolox(R"("strides":[4,16])") << 0 << "gives 40 boxes per image";
  QTest::newRow("more anchors") << yolox(two_grids + R"(,"anchors_per_cell":3)") << 0 << "make 120";
  QTest::newRow("its sigmoid is missing") << yolox(two_grids) << 1 << "has not applied";
  QTest::newRow("a sigmoid too many")
      << yolox(two_grids + R"(,"activations":{"objectness":"sigmoid"})") << 0
      << "already within 0 and 1";
  QTest::newRow("another number of classes") << yolox(two_grids) << 2 << "2 × 40 × 9";
  QTest::newRow("another kind") << R"({"kind":"fastestdet","strides":[16]})" << 0
                                << "the model gives no";
  QTest::newRow("pixels that are decoded twice") << yolox(two_grids) << 3 << "not finite";
  QTest::newRow("fractions") << R"({"kind":"yolov5"})" << 4 << "fractions";
}

void TestBoxHead::a_wrong_card_is_named() {
  QFETCH(QString, output);
  QFETCH(int, kind);
  QFETCH(QString, named);
  at::manual_seed(6);
  at::Tensor values = at::randn({2, kind == 4 ? 100 : 40, kind == 2 ? 9 : 8});
  if (kind != 1) values.narrow(2, 4, values.size(2) - 4).sigmoid_();
  if (kind == 3) values.narrow(2, 0, 4).fill_(300);
  if (kind == 4) values.narrow(2, 0, 4).sigmoid_();
  const auto checked = check_boxes(values, detector_card(output), 2, "d.pt");
  if (named.isEmpty()) {
    QVERIFY2(checked, checked ? "" : checked.error().message.c_str());
    return;
  }
  QVERIFY(!checked);
  QCOMPARE(checked.error().where, std::string("d.pt"));
  const auto text = QString::fromStdString(to_string(checked.error()));
  QVERIFY2(text.contains(named), qPrintable(text));
}

namespace {

/// Decodes one batch of the given boxes (of kind boxes-xyxy, batched) through the head and reads
/// the file that comes of it.
BoxPredictionFile through_head(const ImageStudy& images, const ModelCard& card,
                               const std::string& view, const std::vector<views::FrameSize>& frames,
                               const at::Tensor& boxes, const at::Tensor& scores,
                               const at::Tensor& labels, const std::vector<Unread>& unread = {},
                               std::vector<Unread>* odd = nullptr) {
  const auto head = head_kinds().find("boxes")->make();
  ModelInfo model;
  model.name = "d";
  model.card = card;
  model.file = "d.pt";
  DatasetInfo dataset = images.dataset;
  std::vector<StoredWarning> warnings;
  succeed(head->add_model(model, dataset, warnings));
  RunInfo run;
  run.voters = value(parse_voters("d:" + view));
  const auto count = static_cast<std::int64_t>(frames.size());
  const auto output = head->begin(run, {0, count, {0}}, at::kCPU);
  output->note_frames(0, frames);
  output->take(0, 0,
               NetworkOutput(std::vector<OutputTensor>{
                   {"boxes", boxes}, {"scores", scores}, {"labels", labels}}));
  output->finish(std::vector<SampleInfo>(frames.size()), unread);
  if (odd) odd->assign(output->odd_outputs().begin(), output->odd_outputs().end());
  const auto file = images.file("boxes.safetensors");
  succeed(write_predictions(file, output->draft()));
  return value(BoxPredictionFile::open(file, 0, count));
}

}  // namespace

void TestBoxHead::boxes_are_those_of_the_image() {
  const ImageStudy images(2);
  const QString letterbox = R"({"kind":"letterbox","rounding":"truncate"})";
  const ModelCard card =
      detector_card(R"({"kind":"boxes-xyxy"})", letterbox, R"({"nms_iou":0.5,"max_detections":3})");
  // An image of 100 × 100 is 32 × 32 at the left; one of 640 × 320 fills the input.
  const std::vector<views::FrameSize> frames = {{100, 100}, {640, 320}};
  const at::Tensor one = at::tensor({8.F,  8.F,  16.F, 16.F,  // kept
                                     8.F,  8.F,  16.F, 15.F,  // the same, less sure
                                     8.F,  8.F,  16.F, 16.F,  // another class
                                     40.F, 2.F,  50.F, 12.F,  // in the padding of the first image
                                     -8.F, -8.F, 16.F, 4.F,   // partly outside
                                     0.F,  0.F,  1.F,  1.F})  // a score too low
                             .reshape({6, 4});
  const at::Tensor boxes = at::stack({one, one});
  const at::Tensor scores = at::tensor({0.9F, 0.8F, 0.7F, 0.95F, 0.6F, 0.0001F}).expand({2, 6});
  const at::Tensor labels = at::tensor({0, 0, 1, 2, 0, 0}, at::kInt).expand({2, 6});
  const auto file = through_head(images, card, "identity", frames, boxes, scores, labels);
  const auto first = file.sample(0, 0), second = file.sample(0, 1);
  QVERIFY(first.known && second.known);
  // CIFAR-10's numbers of cat, dog and frog.
  QCOMPARE(std::vector<std::int32_t>(first.labels.begin(), first.labels.end()),
           (std::vector<std::int32_t>{3, 5, 3}));
  QCOMPARE(first.boxes[0], (PredictedBox{25, 25, 50, 50}));
  QCOMPARE(first.boxes[2], (PredictedBox{0, 0, 50, 12.5}));
  QCOMPARE(std::vector<float>(first.scores.begin(), first.scores.end()),
           (std::vector<float>{0.9F, 0.7F, 0.6F}));
  // Three at most, the surest first.
  QCOMPARE(std::vector<float>(second.scores.begin(), second.scores.end()),
           (std::vector<float>{0.95F, 0.9F, 0.7F}));
  QCOMPARE(second.boxes[0], (PredictedBox{400, 20, 500, 120}));

  // The mirrored image's boxes, mirrored back: its padding stays at the right.
  const auto mirrored = through_head(images, card, "flip_x", frames, boxes, scores, labels);
  QCOMPARE(mirrored.sample(0, 0).boxes[0], (PredictedBox{50, 25, 75, 50}));
  QCOMPARE(mirrored.sample(0, 1).boxes[0], (PredictedBox{140, 20, 240, 120}));
}

void TestBoxHead::what_was_not_read_has_no_boxes() {
  const ImageStudy images(3);
  const ModelCard card = detector_card(R"({"kind":"boxes-xyxy"})");
  const at::Tensor boxes = at::tensor({8.F, 8.F, 16.F, 16.F}).reshape({1, 1, 4}).repeat({3, 1, 1});
  boxes[2][0][1] = std::numeric_limits<float>::quiet_NaN();
  std::vector<Unread> odd;
  const auto file = through_head(images, card, "identity", {{32, 32}, {0, 0}, {32, 32}}, boxes,
                                 at::full({3, 1}, 0.5F), at::zeros({3, 1}, at::kInt),
                                 {{1, Unread::every_row}}, &odd);
  QVERIFY(file.sample(0, 0).known && !file.sample(0, 1).known && !file.sample(0, 2).known);
  QCOMPARE(file.sample(0, 0).boxes.size(), std::size_t{1});
  QCOMPARE(odd, (std::vector<Unread>{{2, 0}}));
}

void TestBoxHead::classes_that_a_model_lacks_are_said() {
  DatasetInfo dataset;
  dataset.classes = {"cat", "dog", "emu"};
  ModelInfo model;
  model.name = "m";
  model.card.classes = {"dog", "cat"};
  for (const char* left : {"its samples count as mispredicted", "its objects stay undetected"}) {
    std::vector<StoredWarning> warnings;
    const auto match = value(match_with_warnings(model, dataset, left, warnings));
    QCOMPARE(match.to_dataset, (std::vector<ClassIndex>{1, 0}));
    QCOMPARE(warnings.size(), std::size_t{1});
    QCOMPARE(warnings.front().code, std::string("class"));
    QCOMPARE(warnings.front().message, std::string("the model has no class 'emu': ") + left);
  }
  model.card.classes = {"sun", "moon"};
  std::vector<StoredWarning> warnings;
  QVERIFY(!match_with_warnings(model, dataset, "nothing is right", warnings));
}

}  // namespace plumbline::test

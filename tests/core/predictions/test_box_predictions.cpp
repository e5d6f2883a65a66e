#include <QTemporaryDir>
#include <QtTest>
#include <random>

#include "core/predictions/box_predictions.h"
#include "tests/core/predictions/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// Zero to four boxes a sample; of each fifth sample there is no output.
BoxPredictions random_boxes(std::int64_t count, int voters, unsigned most = 4) {
  std::mt19937 random(5);
  BoxPredictions predictions;
  predictions.first = 2 * shard_samples;
  predictions.count = count;
  predictions.classes = 7;
  for (int v = 0; v < voters; ++v) predictions.voters.push_back({"m" + std::to_string(v), {}});
  for (std::int64_t cell = 0; cell < count * voters; ++cell) {
    const bool known = cell % 5 != 4;
    for (auto n = known ? random() % (most + 1) : 0; n > 0; --n) {
      const auto left = static_cast<float>(random() % 500),
                 top = static_cast<float>(random() % 300);
      predictions.boxes.push_back({left, top, left + static_cast<float>(random() % 100), top + 1});
      predictions.scores.push_back(static_cast<float>(random() % 1001) / 1000);
      predictions.labels.push_back(static_cast<std::int32_t>(random() % 7));
    }
    end_sample(predictions, known);
  }
  return predictions;
}

}  // namespace

void TestBoxPredictions::boxes_come_back_by_sample() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("b").toStdString();
  const auto predictions = random_boxes(37, 3);
  succeed(write_predictions(file, draft_of(predictions)));
  const auto read = value(BoxPredictionFile::open(file, 2 * shard_samples, 37));
  QCOMPARE(read.rows(), 3);
  QCOMPARE(read.classes(), 7);
  std::size_t place = 0;
  for (int row = 0; row < 3; ++row)
    for (std::int64_t i = 0; i < 37; ++i) {
      const auto cell = static_cast<std::size_t>(row * 37 + i);
      const auto sample = read.sample(row, i);
      QCOMPARE(sample.known, cell % 5 != 4);
      QCOMPARE(static_cast<std::int64_t>(sample.boxes.size()),
               predictions.offsets[cell + 1] - predictions.offsets[cell]);
      for (std::size_t k = 0; k < sample.boxes.size(); ++k, ++place) {
        QVERIFY(sample.boxes[k] == predictions.boxes[place]);
        QCOMPARE(sample.scores[k], predictions.scores[place]);
        QCOMPARE(sample.labels[k], predictions.labels[place]);
      }
    }
  QCOMPARE(place, predictions.boxes.size());
  QVERIFY(place > 100);
}

void TestBoxPredictions::a_range_without_boxes_is_a_file() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("b").toStdString();
  succeed(write_predictions(file, draft_of(random_boxes(6, 1, 0))));
  const auto read = value(BoxPredictionFile::open(file, 2 * shard_samples, 6));
  for (std::int64_t i = 0; i < 6; ++i) {
    QVERIFY(read.sample(0, i).boxes.empty());
    QCOMPARE(read.sample(0, i).known, i != 4);
  }
}

void TestBoxPredictions::what_is_wrong_is_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("label beyond the classes") << 0 << "classes that do not exist";
  QTest::newRow("negative label") << 1 << "classes that do not exist";
  QTest::newRow("right of its right") << 2 << "impossible boxes";
  QTest::newRow("not a number") << 3 << "impossible boxes";
  QTest::newRow("score above 1") << 4 << "scores";
  QTest::newRow("offsets that fall") << 5 << "offsets that do not increase";
  QTest::newRow("offsets that begin late") << 6 << "offsets that do not increase";
  QTest::newRow("a box too many") << 7 << "different numbers";
  QTest::newRow("a sample too few") << 8 << "no offsets of the expected shape";
  QTest::newRow("no class at all") << 9 << "impossible number of classes";
}

void TestBoxPredictions::what_is_wrong_is_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  auto predictions = random_boxes(20, 2);
  if (fault == 0) predictions.labels[3] = 7;
  if (fault == 1) predictions.labels[3] = -1;
  if (fault == 2) predictions.boxes[3].left = predictions.boxes[3].right + 1;
  if (fault == 3) predictions.boxes[3].right = std::numeric_limits<float>::quiet_NaN();
  if (fault == 4) predictions.scores[3] = 1.5F;
  if (fault == 5) predictions.offsets[5] = predictions.offsets[6] + 1;
  if (fault == 6) predictions.offsets[0] = 1;
  if (fault == 7) {
    predictions.boxes.push_back({});
    predictions.scores.push_back(0);
    predictions.labels.push_back(0);
  }
  if (fault == 8) predictions.offsets.pop_back();
  if (fault == 9) predictions.classes = 0;
  auto draft = draft_of(predictions);
  // The shape as the vector has it, so that the file itself can be written.
  draft.tensors[0].shape = {static_cast<std::int64_t>(predictions.offsets.size())};
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("b").toStdString();
  succeed(write_predictions(file, draft));
  const auto read = BoxPredictionFile::open(file, 2 * shard_samples, 20);
  QVERIFY(!read);
  QVERIFY2(QString::fromStdString(read.error().message).contains(named),
           read.error().message.c_str());
  QCOMPARE(read.error().where, file.string());
}

}  // namespace plumbline::test

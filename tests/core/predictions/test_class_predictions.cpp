#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "core/predictions/class_predictions.h"
#include "tests/core/predictions/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

ClassPredictions content_of(int classes, std::int64_t count, int voters) {
  std::mt19937 random(3);
  ClassPredictions content;
  content.first = shard_samples;
  content.count = count;
  content.classes = classes;
  for (int v = 0; v < voters; ++v) content.voters.push_back({"m" + std::to_string(v), {}});
  allocate(content);
  std::uniform_real_distribution<float> uniform(-20, 0);
  for (float& v : content.log_probs) v = uniform(random);
  for (std::size_t i = 0; i < content.predicted.size(); ++i) {
    content.predicted[i] = static_cast<std::int32_t>(random() % static_cast<unsigned>(classes));
    content.confidence[i] = static_cast<float>(random() % 1000) / 1000;
  }
  return content;
}

QByteArray file_bytes(const std::filesystem::path& path) {
  QFile file(QString::fromStdString(path.string()));
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read");
  return file.readAll();
}

}  // namespace

void TestClassPredictions::round_trip_data() {
  QTest::addColumn<int>("classes");
  QTest::addColumn<double>("tolerance");  // relative: float16 has 11 bits
  QTest::newRow("one class") << 1 << 0.0;
  QTest::newRow("float32") << 10 << 0.0;
  QTest::newRow("last of float32") << float32_classes << 0.0;
  QTest::newRow("float16") << float32_classes + 1 << 1.0 / 2048;
  QTest::newRow("last of float16") << float16_classes << 1.0 / 2048;
  QTest::newRow("top-k") << float16_classes + 1 << 1.0 / 2048;
}

void TestClassPredictions::round_trip() {
  QFETCH(int, classes);
  QFETCH(double, tolerance);
  const QTemporaryDir directory;
  const auto file = std::filesystem::path(directory.filePath("p.safetensors").toStdString());
  const auto content = content_of(classes, 37, 3);
  succeed(write_class_predictions(file, content));
  const auto read = value(ClassPredictionFile::open(file, content.first, content.count));
  QCOMPARE(read.rows(), 3);
  QCOMPARE(read.classes(), classes);
  const auto width = static_cast<std::size_t>(classes);
  for (int row = 0; row < 3; ++row) {
    std::vector<float> values(37 * (width + 2));
    read.log_probs(row, 0, 37, classes + 2, values.data());
    for (std::size_t i = 0; i < 37; ++i) {
      const auto cell = static_cast<std::size_t>(row) * 37 + i;
      QCOMPARE(read.predicted(row)[i], content.predicted[cell]);
      QCOMPARE(read.confidence(row)[i], content.confidence[cell]);
      QVERIFY(std::isnan(read.log_prob_label(row)[i]));
      int absent = 0;
      for (std::size_t c = 0; c < width; ++c) {
        const float expected = content.log_probs[cell * width + c];
        const float found = values[i * (width + 2) + c];
        if (std::isinf(found))
          ++absent;
        else
          QVERIFY(std::abs(found - expected) <= tolerance * std::abs(expected));
      }
      QCOMPARE(absent, classes > float16_classes ? classes - top_classes : 0);
      QVERIFY(std::isinf(values[i * (width + 2) + width]));
    }
  }
}

void TestClassPredictions::the_rounding_of_distributions_is_taken_back_data() { round_trip_data(); }

/// One voter's distribution says what its vote says, whatever it is stored in.
void TestClassPredictions::the_rounding_of_distributions_is_taken_back() {
  QFETCH(int, classes);
  QFETCH(double, tolerance);
  const auto width = static_cast<std::size_t>(classes);
  auto content = content_of(classes, 200, 1);
  std::vector<double> exact(content.log_probs.size());
  for (std::size_t i = 0; i < 200; ++i) {
    float* row = content.log_probs.data() + i * width;
    // Some whose first two classes are as good as equal: float16 cannot tell them apart.
    if (i % 4 == 0 && classes > 1) {
      row[0] = 3;
      row[1] = 3.00001F;
    }
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) sum += std::exp(static_cast<double>(row[c]));
    for (std::size_t c = 0; c < width; ++c) {
      exact[i * width + c] = std::exp(static_cast<double>(row[c])) / sum;
      row[c] = static_cast<float>(std::log(exact[i * width + c]));
    }
    const auto top = std::max_element(row, row + width) - row;
    content.predicted[i] = static_cast<std::int32_t>(top);
    content.confidence[i] = static_cast<float>(exact[i * width + static_cast<std::size_t>(top)]);
  }
  content.predicted[7] = -1;
  const QTemporaryDir directory;
  const auto file = std::filesystem::path(directory.filePath("p.safetensors").toStdString());
  succeed(write_class_predictions(file, content));
  const auto read = value(ClassPredictionFile::open(file, content.first, content.count));
  std::vector<double> rows(200 * (width + 1));
  read.probabilities(0, 0, 200, classes + 1, rows.data());
  for (std::size_t i = 0; i < 200; ++i) {
    const auto row = std::span(rows).subspan(i * (width + 1), width + 1);
    double sum = 0;
    for (const double p : row) sum += p;
    if (i == 7) {
      QCOMPARE(sum, 0.0);
      continue;
    }
    const auto top = std::ranges::max_element(row);
    QCOMPARE(static_cast<std::int32_t>(top - row.begin()), content.predicted[i]);
    QCOMPARE(*top, static_cast<double>(content.confidence[i]));
    QVERIFY(sum < 1 + 1.0e-7);
    if (classes <= float16_classes) QVERIFY(classes == 1 || std::abs(sum - 1) < 1e-6);
    // A logarithm that is rounded relatively moves its exponential by as much, times itself.
    for (std::size_t c = 0; c < width; ++c)
      if (row[c] > 0)
        QVERIFY(std::abs(row[c] - exact[i * width + c]) <=
                exact[i * width + c] * (40 * tolerance + 1e-5));
  }
}

void TestClassPredictions::given_probabilities_stay_as_they_are_data() {
  QTest::addColumn<int>("classes");
  QTest::addColumn<bool>("wide");
  for (const int classes : {3, 500, float16_classes + 1})
    for (const bool wide : {false, true})
      QTest::addRow("%d, %s", classes, wide ? "float64" : "float32") << classes << wide;
}

void TestClassPredictions::given_probabilities_stay_as_they_are() {
  QFETCH(int, classes);
  QFETCH(bool, wide);
  const auto width = static_cast<std::size_t>(classes);
  auto content = content_of(classes, 50, 2);
  content.probabilities.assign(content.log_probs.size(), 0);
  content.log_probs.clear();
  for (std::size_t cell = 0; cell < content.predicted.size(); ++cell) {
    const double sure = wide ? 0.6 : static_cast<double>(0.6F);
    const auto top = static_cast<std::size_t>(content.predicted[cell]);
    content.probabilities[cell * width + top] = sure;
    content.probabilities[cell * width + (top + 1) % width] = wide ? 0.4 : double{0.4F};
    content.confidence[cell] = 0.6F;
  }
  const QTemporaryDir directory;
  const auto file = std::filesystem::path(directory.filePath("p.safetensors").toStdString());
  succeed(write_class_predictions(file, content));
  const auto read = value(ClassPredictionFile::open(file, content.first, content.count));
  std::vector<double> rows(50 * width);
  read.probabilities(1, 0, 50, classes, rows.data());
  for (std::size_t i = 0; i < rows.size(); ++i)
    QCOMPARE(rows[i], content.probabilities[50 * width + i]);
  std::vector<float> logarithms(50 * width);
  read.log_probs(1, 0, 50, classes, logarithms.data());
  QCOMPARE(logarithms[static_cast<std::size_t>(content.predicted[50])], std::log(0.6F));
}

void TestClassPredictions::equal_content_gives_equal_bytes() {
  const QTemporaryDir directory;
  const auto content = content_of(10, 100, 2);
  const std::filesystem::path a = directory.filePath("a").toStdString();
  const std::filesystem::path b = directory.filePath("b").toStdString();
  succeed(write_class_predictions(a, content));
  succeed(write_class_predictions(b, content));
  QCOMPARE(file_bytes(a), file_bytes(b));
}

void TestClassPredictions::wrong_range_is_refused() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("p").toStdString();
  succeed(write_class_predictions(file, content_of(10, 100, 2)));
  QVERIFY(!ClassPredictionFile::open(file, 0, 100));
  QVERIFY(!ClassPredictionFile::open(file, shard_samples, 99));
  const auto missing = ClassPredictionFile::open(directory.filePath("q").toStdString(), 0, 100);
  QVERIFY(!missing);
  QVERIFY(to_string(missing.error()).find("q") != std::string::npos);
}

void TestClassPredictions::every_truncation_is_refused() {
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("p").toStdString();
  succeed(write_class_predictions(file, content_of(3, 5, 1)));
  const QByteArray whole = file_bytes(file);
  for (qsizetype length = 0; length < whole.size(); ++length) {
    const std::filesystem::path cut = directory.filePath("cut").toStdString();
    QFile out(QString::fromStdString(cut.string()));
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(whole.left(length));
    out.close();
    QVERIFY(!ClassPredictionFile::open(cut, shard_samples, 5));
  }
}

void TestClassPredictions::files_of_the_first_version_open() {
  // As they were written before predictions had kinds: neither "kind" nor "version".
  const auto content = content_of(4, 6, 2);
  auto draft = draft_of(content);
  const SafetensorsMetadata metadata = {{"format", "plumbline predictions 1"},
                                        {"first", std::to_string(content.first)},
                                        {"count", "6"},
                                        {"classes", "4"},
                                        {"voters", "m0:identity,m1:identity"}};
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("p").toStdString();
  succeed(write_safetensors(file, metadata, draft.tensors));
  const auto read = value(ClassPredictionFile::open(file, content.first, 6));
  QCOMPARE(read.rows(), 2);
  QCOMPARE(read.classes(), 4);
  for (std::size_t i = 0; i < 6; ++i) QCOMPARE(read.predicted(1)[i], content.predicted[6 + i]);
  const auto opened = value(open_checked_predictions(file, content.first, 6));
  QCOMPARE(opened.envelope.kind, std::string("classes"));
  QCOMPARE(opened.envelope.voters, content.voters);
}

void TestClassPredictions::newer_and_unknown_kinds_are_named_data() {
  QTest::addColumn<QString>("kind");
  QTest::addColumn<int>("version");
  QTest::addColumn<QString>("of_classes");  // the error where classes are expected
  QTest::addColumn<QString>("of_any");      // and where any kind is
  QTest::newRow("a newer version") << "classes" << 3 << "version 3" << "version 3";
  QTest::newRow("no version") << "classes" << 0 << "what it contains" << "what it contains";
  QTest::newRow("another kind") << "boxes" << 1 << "contains 'boxes', not classes" << "offsets";
  QTest::newRow("an unknown kind") << "smells" << 1 << "contains 'smells', not classes"
                                   << "'smells', which is not a known kind";
}

void TestClassPredictions::newer_and_unknown_kinds_are_named() {
  QFETCH(QString, kind);
  QFETCH(int, version);
  QFETCH(QString, of_classes);
  QFETCH(QString, of_any);
  const auto content = content_of(4, 6, 2);
  auto draft = draft_of(content);
  draft.envelope.kind = kind.toStdString();
  draft.envelope.version = version;
  const QTemporaryDir directory;
  const std::filesystem::path file = directory.filePath("p").toStdString();
  succeed(write_predictions(file, draft));
  const auto classes = ClassPredictionFile::open(file, content.first, 6);
  QVERIFY(!classes);
  QVERIFY2(QString::fromStdString(classes.error().message).contains(of_classes),
           classes.error().message.c_str());
  const auto any = open_checked_predictions(file, content.first, 6);
  QVERIFY(!any);
  QVERIFY2(QString::fromStdString(any.error().message).contains(of_any),
           any.error().message.c_str());
}

}  // namespace plumbline::test

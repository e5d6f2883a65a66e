#include <QDir>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <cmath>
#include <cstring>

#include "tests/app/engine_process.h"
#include "tests/app/tests.h"

namespace plumbline::test {

namespace {

constexpr int picture_side = 8;

/// What the test's network says: logits are three times a channel's mean, less one.
double log_prob_of_a(const QImage& image) {
  double red = 0, green = 0;
  for (int y = 0; y < picture_side; ++y)
    for (int x = 0; x < picture_side; ++x) {
      red += qRed(image.pixel(x, y)) / 255.0 / (picture_side * picture_side);
      green += qGreen(image.pixel(x, y)) / 255.0 / (picture_side * picture_side);
    }
  return -std::log1p(std::exp(3 * (green - red)));
}

}  // namespace

void TestExplain::a_pixels_value_is_what_covering_it_costs() {
  QTemporaryDir folder;
  const auto path = [&](const QString& name) { return folder.filePath(name); };
  for (const char* name : {"images/a", "images/b"}) QDir(folder.path()).mkpath(name);
  // Red at one place, green at another.
  QImage image(picture_side, picture_side, QImage::Format_RGB888);
  for (int y = 0; y < picture_side; ++y)
    for (int x = 0; x < picture_side; ++x) image.setPixel(x, y, qRgb(20 + 3 * x, 30 + y, 40));
  image.setPixel(6, 1, qRgb(255, 0, 0));
  image.setPixel(2, 5, qRgb(0, 255, 0));
  QVERIFY(image.save(path("images/a/1.png")));
  QVERIFY(image.save(path("images/b/1.png")));
  QProcess::execute(PLUMBLINE_HOSTILE_MODELS, {folder.path(), path("victim")});
  const QString study = path("s.plumb");
  for (const QStringList& command :
       {QStringList{"import", "dataset", study, "--name", "d", "--format", "image-folder",
                    "--images", path("images"), "--quiet"},
        QStringList{"import", "model", study, "--name", "m", "--file", path("harmless.pt")},
        QStringList{"run", study, "--dataset", "d", "--split", "test", "--models", "m", "--views",
                    "identity,flip_x", "--name", "r", "--quiet"}}) {
    const auto outcome = engine(command);
    QVERIFY2(outcome.exit_code == 0, outcome.err.constData());
  }
  const double whole = log_prob_of_a(image);
  for (const bool flipped : {false, true}) {
    const auto explained = engine({"explain", study, "--run", "r", "--sample", "a/1.png", "--voter",
                                   flipped ? "m:flip_x" : "m:identity", "--class", "a", "-o",
                                   path("s.npy"), "--json"});
    QVERIFY2(explained.exit_code == 0, explained.err.constData());
    const QByteArray npy = read_file(path("s.npy"));
    QVERIFY(npy.startsWith("\x93NUMPY\x01"));
    QVERIFY(npy.contains("'shape': (8,8,)"));
    std::array<float, picture_side * picture_side> values;
    QCOMPARE((npy.size() - static_cast<qsizetype>(sizeof values)) % 64, 0);
    std::memcpy(values.data(), npy.constData() + npy.size() - sizeof values, sizeof values);
    // An eighth of the picture_side is one pixel: each is covered by itself.
    for (int y = 0; y < picture_side; ++y)
      for (int x = 0; x < picture_side; ++x) {
        QImage covered = image;
        covered.setPixel(x, y, qRgb(0, 0, 0));
        const int seen = flipped ? picture_side - 1 - x : x;
        const double expected = whole - log_prob_of_a(covered);
        QVERIFY(std::abs(values[static_cast<std::size_t>(y * picture_side + seen)] - expected) <
                1e-6);
      }
    const auto summary = QJsonDocument::fromJson(explained.out).object();
    QCOMPARE(summary["strongest_x"].toInt(), flipped ? 1 : 6);
    QCOMPARE(summary["strongest_y"].toInt(), 1);
    QVERIFY(std::abs(summary["probability"].toDouble() - std::exp(whole)) < 1e-6);
  }
  // The picture: red speaks for the class (orange), green against it (blue).
  const auto drawn = engine({"explain", study, "--run", "r", "--sample", "0", "--voter", "m",
                             "--class", "a", "-o", path("s.png")});
  QVERIFY2(drawn.exit_code == 0, drawn.err.constData());
  const QImage picture(path("s.png"));
  QCOMPARE(picture.size(), QSize(256, 256));
  QCOMPARE(picture.pixel(6 * 32 + 5, 1 * 32 + 5), qRgb(0xD5, 0x5E, 0x00));
  const QRgb green = picture.pixel(2 * 32 + 5, 5 * 32 + 5);
  QVERIFY(qBlue(green) > qRed(green) + 60);
  // Of a run whose images a GPU has decoded it says that the host has decoded this one.
  QVERIFY2(!drawn.out.contains("decoded by"), drawn.out.constData());
  QProcess sqlite;
  sqlite.start("sqlite3",
               {study + "/study.sqlite", "UPDATE run SET decoder = 'nvJPEG 9.9.9, hardware'"});
  if (sqlite.waitForFinished()) {
    const QStringList words{"explain", study,     "--run", "r",  "--sample",
                            "0",       "--voter", "m",     "-o", path("s.png")};
    const auto elsewhere = engine(words);
    QVERIFY2(elsewhere.out.contains("the image was decoded by libjpeg-turbo ") &&
                 elsewhere.out.contains(" here and by nvJPEG 9.9.9, hardware in the run"),
             elsewhere.out.constData());
    const auto summary =
        QJsonDocument::fromJson(engine(words + QStringList{"--json"}).out).object();
    QVERIFY(summary["decoder"].toString().startsWith("libjpeg-turbo"));
    QCOMPARE(summary["run_decoder"].toString(), QString("nvJPEG 9.9.9, hardware"));
  }
  for (const QStringList& wrong : {QStringList{"--sample", "a/9.png", "--voter", "m"},
                                   {"--sample", "0", "--voter", "x"},
                                   {"--sample", "0", "--voter", "m", "--class", "z"}}) {
    const auto refused =
        engine(QStringList{"explain", study, "--run", "r", "-o", path("n.png")} + wrong);
    QVERIFY(refused.exit_code == 2 || refused.exit_code == 3);
    QVERIFY(!QFile::exists(path("n.png")));
  }
}

}  // namespace plumbline::test

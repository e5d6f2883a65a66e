#include <QtTest>

#include "core/data/resize.h"

using namespace plumbline;

/// Computed by hand from the definitions of YOLOX, Ultralytics and torchvision.
class TestFitGeometry : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void letterbox_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<QString>("rounding");
    QTest::addColumn<QString>("anchor");
    QTest::addColumn<int>("scaled_width");
    QTest::addColumn<int>("scaled_height");
    QTest::addColumn<int>("left");
    QTest::addColumn<int>("top");
    const QString truncate = "truncate", round = "round", corner = "top-left", centre = "centre";
    // Into 416 × 416. 427 · 0.65 = 277.55.
    QTest::newRow("wide, truncated") << 640 << 427 << truncate << corner << 416 << 277 << 0 << 0;
    QTest::newRow("wide, rounded") << 640 << 427 << round << corner << 416 << 278 << 0 << 0;
    QTest::newRow("tall, centre") << 427 << 640 << round << centre << 278 << 416 << 69 << 0;
    QTest::newRow("odd rest") << 640 << 427 << truncate << centre << 416 << 277 << 0 << 69;
    QTest::newRow("enlarged") << 104 << 52 << round << centre << 416 << 208 << 0 << 104;
    QTest::newRow("equal") << 416 << 416 << truncate << centre << 416 << 416 << 0 << 0;
    // 832 · 0.5 = 416; 5 · 0.5 = 2.5 and 7 · 0.5 = 3.5 go to the even number.
    QTest::newRow("half to even, down") << 832 << 5 << round << corner << 416 << 2 << 0 << 0;
    QTest::newRow("half to even, up") << 832 << 7 << round << corner << 416 << 4 << 0 << 0;
    QTest::newRow("never nothing") << 16384 << 1 << truncate << centre << 416 << 1 << 0 << 207;
  }
  void letterbox() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(QString, rounding);
    QFETCH(QString, anchor);
    Resize resize{.kind = ResizeKind::letterbox};
    resize.rounding = rounding.toStdString();
    resize.anchor = anchor.toStdString();
    const auto fit = fit_geometry(width, height, 416, 416, resize, "a.png");
    QVERIFY(fit);
    QTEST(static_cast<int>(fit->scaled_width), "scaled_width");
    QTEST(static_cast<int>(fit->scaled_height), "scaled_height");
    QTEST(static_cast<int>(fit->left), "left");
    QTEST(static_cast<int>(fit->top), "top");
    const double ratio = std::min(416.0 / width, 416.0 / height);
    QCOMPARE(fit->scale_x, ratio);
    QCOMPARE(fit->scale_y, ratio);
  }

  void short_side_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("crop_width");
    QTest::addColumn<int>("crop_height");
    QTest::addColumn<int>("scaled_width");
    QTest::addColumn<int>("scaled_height");
    QTest::addColumn<int>("left");
    QTest::addColumn<int>("top");
    // 256 · 500 / 375 = 341.33; (341 − 224) / 2 = 58.5 goes to 58.
    QTest::newRow("wide") << 500 << 375 << 256 << 224 << 224 << 341 << 256 << -58 << -16;
    QTest::newRow("tall") << 375 << 500 << 256 << 224 << 224 << 256 << 341 << -16 << -58;
    // (33 − 30) / 2 = 1.5 goes to 2.
    QTest::newRow("half to even, up") << 9 << 9 << 33 << 30 << 32 << 33 << 33 << -2 << 0;
    QTest::newRow("padded") << 40 << 30 << 20 << 33 << 33 << 26 << 20 << 3 << 6;
    QTest::newRow("padded and cropped") << 40 << 30 << 20 << 22 << 25 << 26 << 20 << -2 << 2;
    QTest::newRow("very long") << 1 << 16384 << 256 << 224 << 224 << 256 << 4194304 << -16
                               << -2097040;
  }
  void short_side() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(int, size);
    QFETCH(int, crop_width);
    QFETCH(int, crop_height);
    const Resize resize{.kind = ResizeKind::short_side, .size = size};
    const auto fit = fit_geometry(width, height, crop_width, crop_height, resize, "a.png");
    QVERIFY(fit);
    QTEST(static_cast<int>(fit->scaled_width), "scaled_width");
    QTEST(static_cast<int>(fit->scaled_height), "scaled_height");
    QTEST(static_cast<int>(fit->left), "left");
    QTEST(static_cast<int>(fit->top), "top");
    QCOMPARE(fit->scale_x, static_cast<double>(fit->scaled_width) / width);
    QCOMPARE(fit->scale_y, static_cast<double>(fit->scaled_height) / height);
  }

  void stretch() {
    const auto fit = fit_geometry(640, 320, 352, 352, Resize{.kind = ResizeKind::stretch}, "a.png");
    QVERIFY(fit);
    QCOMPARE(fit->scaled_width, std::int64_t{352});
    QCOMPARE(fit->scaled_height, std::int64_t{352});
    QCOMPARE(fit->left, std::int64_t{0});
    QCOMPARE(fit->scale_x, 0.55);
    QCOMPARE(fit->scale_y, 1.1);
  }
};

int run_fit_geometry(int argc, char** argv) {
  TestFitGeometry test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_fit_geometry.moc"

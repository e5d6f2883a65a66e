#include <cmath>
#include <random>

#include <QtTest>

#include "core/types/view.h"
#include "tests/kernels/views/tests.h"

namespace plumbline::test {

using namespace views;

namespace {

struct Point {
  double x, y;
};

Point mapped(const Placement& p, Point at) {
  if (p.transposed) std::swap(at.x, at.y);
  return {p.x * at.x + p.x0, p.y * at.y + p.y0};
}

Placement placed(const std::string& text, FrameSize frame) {
  return placement_of(parse_view(text).value().steps(), frame);
}

}  // namespace

void TestPlacement::inverses_lead_back_data() {
  QTest::addColumn<QString>("view");
  for (const char* view : {"identity", "flip_x", "flip_y", "rot90", "rot180", "rot270", "scale=0.7",
                           "scale=1.9", "translate=0.3:-0.2", "crop=tl", "crop=c", "crop=br",
                           "rot90+scale=1.2+flip_x+translate=0.1:0.2+crop=tr"})
    QTest::newRow(view) << view;
}

void TestPlacement::inverses_lead_back() {
  QFETCH(QString, view);
  const FrameSize frame{37, 29};
  const Placement there = placed(view.toStdString(), frame);
  const Placement back = inverse(there, frame);
  const Placement both = then(there, back);
  QCOMPARE(both.frame, frame);
  QVERIFY(!both.transposed);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> within(-0.5, 1.5);
  for (int i = 0; i < 100; ++i) {
    const Point point{within(random), within(random)};
    const Point once = mapped(there, mapped(back, point)), composed = mapped(both, point);
    QVERIFY(std::abs(once.x - point.x) < 1e-12 && std::abs(once.y - point.y) < 1e-12);
    QVERIFY(std::abs(composed.x - point.x) < 1e-12 && std::abs(composed.y - point.y) < 1e-12);
  }
}

void TestPlacement::composition_is_associative() {
  const FrameSize frame{40, 30};
  const Placement all = placed("rot90+scale=1.5+flip_y", frame);
  Placement steps = whole(frame);
  for (const char* step : {"rot90", "scale=1.5", "flip_y"})
    steps = then(steps, placed(step, steps.frame));
  QVERIFY(all == steps);
  const Placement right = then(placed("rot90", frame), placed("scale=1.5+flip_y", {30, 40}));
  for (const Point point : {Point{0, 0}, Point{1, 0}, Point{0.25, 0.75}}) {
    QCOMPARE(mapped(all, point).x, mapped(right, point).x);
    QCOMPARE(mapped(all, point).y, mapped(right, point).y);
  }
}

void TestPlacement::points_go_where_the_definition_says_data() {
  QTest::addColumn<QString>("view");
  QTest::addColumn<double>("x");
  QTest::addColumn<double>("y");
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("height");
  // Where the top left corner of what is seen was, in an image of 64 × 32 pixels.
  QTest::newRow("identity") << "identity" << 0.0 << 0.0 << 64 << 32;
  QTest::newRow("flip_x") << "flip_x" << 1.0 << 0.0 << 64 << 32;
  QTest::newRow("flip_y") << "flip_y" << 0.0 << 1.0 << 64 << 32;
  QTest::newRow("rot180") << "rot180" << 1.0 << 1.0 << 64 << 32;
  QTest::newRow("counter-clockwise") << "rot90" << 1.0 << 0.0 << 32 << 64;
  QTest::newRow("clockwise") << "rot270" << 0.0 << 1.0 << 32 << 64;
  QTest::newRow("nearer") << "scale=2" << 0.25 << 0.25 << 64 << 32;
  QTest::newRow("farther") << "scale=0.5" << -0.5 << -0.5 << 64 << 32;
  QTest::newRow("shifted") << "translate=0.25:-0.5" << -0.25 << 0.5 << 64 << 32;
  QTest::newRow("bottom right") << "crop=br" << 0.125 << 0.125 << 56 << 28;
  QTest::newRow("centre") << "crop=c" << 0.0625 << 0.0625 << 56 << 28;
}

void TestPlacement::points_go_where_the_definition_says() {
  QFETCH(QString, view);
  QFETCH(double, x);
  QFETCH(double, y);
  QFETCH(int, width);
  QFETCH(int, height);
  const Placement placement = placed(view.toStdString(), {64, 32});
  const Point corner = mapped(placement, {0, 0});
  QCOMPARE(corner.x, x);
  QCOMPARE(corner.y, y);
  QVERIFY((placement.frame == FrameSize{width, height}));
}

}  // namespace plumbline::test

#include <QtTest>
#include <cmath>

#include <ATen/ATen.h>

#include "core/engine/training/augmentation.h"
#include "core/engine/training/detection_loss.h"
#include "core/engine/training/train_settings.h"
#include "core/engine/training/viewed_images.h"
#include "core/types/view.h"
#include "tests/core/engine/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// [batch, most, 5] of objects whose sides lie on whole pixels; some of no class.
at::Tensor random_objects(std::int64_t batch, std::int64_t most, int side, int classes) {
  at::Tensor objects = at::full({batch, most, 5}, -1.0F);
  for (std::int64_t i = 0; i < batch; ++i)
    for (std::int64_t j = 0; j < most; ++j) {
      if (at::rand({1}).item<float>() < 0.3F) continue;
      const auto number = [](int low, int high) {
        return at::randint(low, high, {1}).item<float>();
      };
      const float left = number(-4, side - 6), top = number(-4, side - 6);
      objects[i][j].copy_(
          at::tensor({left, top, left + number(3, 14), top + number(3, 14), number(0, classes)}));
    }
  return objects;
}

/// The definition of detection_loss, an image, a class and a cell after another, in double.
double loss_by_loops(const at::Tensor& maps, const at::Tensor& objects, int classes) {
  double focal = 0, places = 0, labels = 0;
  std::int64_t count = 0;
  const auto rows = maps.size(2), columns = maps.size(3);
  for (std::int64_t image = 0; image < maps.size(0); ++image) {
    struct Object {
      std::int64_t label, column, row;
      double deviation_x, deviation_y;
    };
    std::vector<Object> there;
    for (std::int64_t j = 0; j < objects.size(1); ++j) {
      const auto at = [&](int i) { return objects[image][j][i].item<double>(); };
      const double x = (at(0) + at(2)) / 8, y = (at(1) + at(3)) / 8;
      if (at(4) < 0 || x < 0 || y < 0 || x >= double(columns) || y >= double(rows)) continue;
      const double width = std::max(at(2) - at(0), 1.0), height = std::max(at(3) - at(1), 1.0);
      const Object object{std::int64_t(at(4)), std::int64_t(x), std::int64_t(y),
                          std::max(width / 4 * 0.1, 0.45), std::max(height / 4 * 0.1, 0.45)};
      there.push_back(object);
      ++count;
      const auto raw = [&](int channel) {
        return maps[image][classes + channel][object.row][object.column].item<double>();
      };
      places += std::abs(raw(0) - (x - double(object.column))) +
                std::abs(raw(1) - (y - double(object.row))) +
                std::abs(raw(2) - std::log(width / 8)) + std::abs(raw(3) - std::log(height / 8));
      double all = 0;
      for (int c = 0; c < classes; ++c) all += std::exp(raw(c - classes));
      labels += std::log(all) - raw(int(object.label) - classes);
    }
    for (int c = 0; c < classes; ++c)
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t column = 0; column < columns; ++column) {
          double target = 0;
          for (const Object& object : there)
            if (object.label == c)
              target = std::max(
                  target,
                  std::exp(-(std::pow(double(column - object.column) / object.deviation_x, 2) +
                             std::pow(double(row - object.row) / object.deviation_y, 2)) /
                           2));
          const double heat = 1 / (1 + std::exp(2.19 - maps[image][c][row][column].item<double>()));
          focal -= target == 1 ? std::log(heat) * std::pow(1 - heat, 2)
                               : std::log(1 - heat) * heat * heat * std::pow(1 - target, 4);
        }
  }
  return (focal + places + 0.5 * labels) / double(std::max<std::int64_t>(count, 1));
}

}  // namespace

void TestDetectorTraining::a_loss_equals_its_definition() {
  at::manual_seed(1);
  for (int again = 0; again < 4; ++again) {
    const at::Tensor maps = at::randn({3, 2 + 4, 6, 7});
    const at::Tensor objects = random_objects(3, 4, 26, 2);
    const double expected = loss_by_loops(maps, objects, 2);
    const double found = detection_loss(maps, objects, 2).loss.item<double>();
    QVERIFY2(std::abs(found - expected) < 1e-4 * expected,
             qPrintable(QString("%1, not %2").arg(found).arg(expected)));
  }
  // Images without any object have a loss, too, and no share that is missed.
  const auto empty = detection_loss(at::zeros({2, 6, 6, 7}), at::full({2, 1, 5}, -1.0F), 2);
  QVERIFY(std::isfinite(empty.loss.item<double>()));
  QCOMPARE(empty.found.item<double>(), 2.0);
}

void TestDetectorTraining::objects_move_with_their_images() {
  at::manual_seed(2);
  constexpr std::int64_t count = 40, side = 32;
  at::Tensor images = at::zeros({count, side, side, 1}), objects = at::zeros({count, 1, 5});
  for (std::int64_t i = 0; i < count; ++i) {
    const auto left = at::randint(6, 18, {1}).item<std::int64_t>();
    const auto top = at::randint(6, 18, {1}).item<std::int64_t>();
    images[i].slice(0, top, top + 5).slice(1, left, left + 7).fill_(1);
    objects[i][0].copy_(
        at::tensor({float(left), float(top), float(left + 7), float(top + 5), 1.0F}));
  }
  const at::Tensor order = at::arange(count), down = at::randint(-4, 5, {count}, at::kLong);
  const at::Tensor right = at::randint(-4, 5, {count}, at::kLong);
  const at::Tensor mirrored = at::randint(0, 2, {count}, at::kLong);
  const at::Tensor batch = gather_batch(images, order, down, right, mirrored);
  const at::Tensor moved = moved_objects(objects, down, right, mirrored, side);
  for (std::int64_t i = 0; i < count; ++i) {
    const at::Tensor bright = at::nonzero(batch[i][0]);
    const auto limit = [&](std::int64_t axis, bool least) {
      const at::Tensor column = bright.select(1, axis);
      return float((least ? column.min() : column.max() + 1).item<std::int64_t>());
    };
    QVERIFY(moved[i][0].equal(
        at::tensor({limit(1, true), limit(0, true), limit(1, false), limit(0, false), 1.0F})));
  }
}

void TestDetectorTraining::views_move_objects() {
  const at::Tensor objects =
      at::tensor({2.F, 4.F, 10.F, 8.F, 1.F, 0.F, 0.F, 4.F, 4.F, 0.F}).reshape({1, 2, 5});
  const auto seen = [&](const char* view) {
    return value(viewed_objects(objects, value(parse_view(view)), 40, 20))[0];
  };
  QVERIFY(seen("identity").equal(objects[0]));
  QVERIFY(seen("gamma=0.8").equal(objects[0]));
  QVERIFY(at::allclose(seen("flip_x")[0], at::tensor({30.F, 4.F, 38.F, 8.F, 1.F})));
  // The crop shows the lower right: what lies outside is no object any more.
  QCOMPARE(seen("crop=br")[1][4].item<float>(), -1.0F);
}

/// A checkpoint of before the loss had cross-entropy is not gone on with.
void TestDetectorTraining::the_loss_is_among_a_detectors_settings() {
  for (const NetworkArchitecture& architecture : architectures()) {
    TrainRequest request;
    request.architecture = architecture.name;
    request.device = "cpu";
    const auto described = describe(value(train_settings(request)), request);
    QCOMPARE(described.contains("loss"), architecture.detector);
  }
}

}  // namespace plumbline::test

#include <QtTest>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include <ATen/ATen.h>

#include "kernels/box_suppression.h"
#include "kernels/torchvision_ops.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

namespace {

constexpr float no_candidate = -std::numeric_limits<float>::infinity();

struct BoxBatch {
  at::Tensor boxes, scores, groups;
};

/// Boxes on a coarse grid with few scores, so that equal scores and overlaps of exactly the
/// threshold are frequent; some without a score, some without area.
BoxBatch box_batch(int64_t batch, int64_t n, int groups, unsigned seed) {
  std::mt19937 random(seed);
  BoxBatch made{at::zeros({batch, n, 4}), at::zeros({batch, n}), at::zeros({batch, n}, at::kInt)};
  auto* box = made.boxes.mutable_data_ptr<float>();
  auto* score = made.scores.mutable_data_ptr<float>();
  auto* group = made.groups.mutable_data_ptr<int>();
  for (int64_t i = 0; i < batch * n; ++i, box += 4) {
    box[0] = static_cast<float>(random() % 12) - 2;
    box[1] = static_cast<float>(random() % 12) - 2;
    box[2] = box[0] + static_cast<float>(random() % 7);
    box[3] = box[1] + static_cast<float>(random() % 7);
    const auto level = random() % 12;
    score[i] = level == 0   ? no_candidate
               : level == 1 ? std::numeric_limits<float>::quiet_NaN()
                            : static_cast<float>(level) / 16;
    group[i] = static_cast<int>(random() % static_cast<unsigned>(groups)) - 1;
  }
  return made;
}

/// The definition, on areas that are counted in cells of the grid.
std::vector<bool> kept_by_definition(const at::Tensor& boxes, const at::Tensor& scores,
                                     const at::Tensor& groups, int64_t overlap_num,
                                     int64_t overlap_den) {
  const int64_t n = boxes.size(0);
  std::vector<int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const auto score = [&](int64_t i) { return scores[i].item<float>(); };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const bool real_a = score(a) > no_candidate, real_b = score(b) > no_candidate;
    if (real_a != real_b) return real_a;
    return real_a && score(a) > score(b);
  });
  std::vector<bool> kept(static_cast<std::size_t>(n), false);
  const auto side = [&](int64_t i, int s) {
    return static_cast<int64_t>(boxes[i][s].item<float>());
  };
  const auto cells = [&](int64_t i) {
    return (side(i, 2) - side(i, 0)) * (side(i, 3) - side(i, 1));
  };
  for (const int64_t i : order) {
    if (!(score(i) > no_candidate)) continue;
    bool covered = false;
    for (const int64_t j : order) {
      if (j == i) break;
      if (!kept[static_cast<std::size_t>(j)] || groups[j].item<int>() != groups[i].item<int>())
        continue;
      int64_t both = 0;
      for (int64_t x = side(i, 0); x < side(i, 2); ++x)
        for (int64_t y = side(i, 1); y < side(i, 3); ++y)
          both += x >= side(j, 0) && x < side(j, 2) && y >= side(j, 1) && y < side(j, 3);
      covered = covered || both * overlap_den > overlap_num * (cells(i) + cells(j) - both);
    }
    kept[static_cast<std::size_t>(i)] = !covered;
  }
  return kept;
}

}  // namespace

void TestBoxSuppression::equals_its_definition_data() {
  QTest::addColumn<int>("n");
  QTest::addColumn<int>("groups");
  for (const int n : {0, 1, 2, 63, 64, 65, 200})
    for (const int groups : {1, 3}) QTest::addRow("%d of %d", n, groups) << n << groups;
}

void TestBoxSuppression::equals_its_definition() {
  QFETCH(int, n);
  QFETCH(int, groups);
  const BoxBatch made = box_batch(3, n, groups, static_cast<unsigned>(n * 7 + groups));
  for (const auto device : devices())
    // Halves and quarters are exact, so that an overlap of just the threshold stays.
    for (const int64_t quarter : {0, 1, 2, 4}) {
      const at::Tensor kept =
          kernels::box_suppression(made.boxes.to(device), made.scores.to(device),
                                   made.groups.to(device), static_cast<double>(quarter) / 4)
              .to(at::kCPU);
      QVERIFY(kept.scalar_type() == at::kBool && kept.size(0) == 3 && kept.size(1) == n);
      for (int64_t i = 0; i < 3; ++i) {
        const auto expected =
            kept_by_definition(made.boxes[i], made.scores[i], made.groups[i], quarter, 4);
        for (int64_t j = 0; j < n; ++j)
          QCOMPARE(kept[i][j].item<bool>(), expected[static_cast<std::size_t>(j)]);
      }
    }
}

void TestBoxSuppression::gpu_and_cpu_keep_the_same() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "its boxes are not suppressed");
  // Pairs in bits, in two parts for what memory allows, and more boxes than that is done for.
  struct Case {
    int64_t batch, n;
    double candidates;
  };
  for (const auto& [batch, n, candidates] : {Case{4, 9'000, 1.0},
                                             {3, 8'400, 0.02},
                                             {40, 8'400, 0.3},
                                             {1, 32'768, 1.0},
                                             {2, 40'000, 0.5},
                                             {70'000, 9, 0.5}}) {
    at::manual_seed(3);
    const at::Tensor corner = at::rand({batch, n, 2}) * 300, size = at::rand({batch, n, 2}) * 80;
    const at::Tensor boxes = at::cat({corner, corner + size}, 2);
    const at::Tensor scores =
        at::where(at::rand({batch, n}) < candidates, at::rand({batch, n}), double{no_candidate});
    const at::Tensor groups = at::randint(0, 5, {batch, n}, at::kInt);
    const at::Tensor expected = kernels::box_suppression(boxes, scores, groups, 0.5);
    for (int again = 0; again < 3; ++again)
      QVERIFY2(kernels::box_suppression(boxes.cuda(), scores.cuda(), groups.cuda(), 0.5)
                   .cpu()
                   .equal(expected),
               qPrintable(QString("%1 images of %2 boxes").arg(batch).arg(n)));
    // A view that begins between two boxes.
    const at::Tensor shifted = at::cat({at::zeros({1}), boxes.flatten()}).cuda();
    QVERIFY(kernels::box_suppression(shifted.narrow(0, 1, boxes.numel()).view_as(boxes),
                                     scores.cuda(), groups.cuda(), 0.5)
                .cpu()
                .equal(expected));
  }
}

void TestBoxSuppression::bad_arguments_are_named() {
  const BoxBatch made = box_batch(2, 5, 1, 1);
  const auto fails = [](auto call) {
    try {
      call();
    } catch (const c10::Error&) {
      return true;
    }
    return false;
  };
  using kernels::box_suppression;
  QVERIFY(fails([&] { box_suppression(made.boxes[0], made.scores, made.groups, 0.5); }));
  QVERIFY(fails([&] { box_suppression(made.boxes, made.scores[0], made.groups, 0.5); }));
  QVERIFY(fails([&] { box_suppression(made.boxes, made.scores, made.groups, 1.5); }));
  QVERIFY(fails([&] { box_suppression(made.boxes, made.scores, made.groups.to(at::kLong), 0.5); }));
}

void TestBoxSuppression::torchvisions_nms_orders_by_score() {
  // torchvision 0.26 gives these: the fourth lies in the first, the third has the same score.
  const at::Tensor boxes = at::tensor({0.F, 0.F, 10.F, 10.F, 20.F, 20.F, 30.F, 30.F, 40.F, 0.F,
                                       50.F, 10.F, 1.F, 1.F, 10.F, 10.F})
                               .reshape({4, 4});
  const at::Tensor scores = at::tensor({0.5F, 0.9F, 0.5F, 0.4F});
  for (const auto device : devices())
    for (const auto type : {at::kFloat, at::kDouble}) {
      const at::Tensor kept =
          kernels::torchvision_nms(boxes.to(device, type), scores.to(device, type), 0.5);
      QVERIFY(kept.cpu().equal(at::tensor({1, 0, 2}, at::kLong)));
    }
  QCOMPARE(kernels::torchvision_nms(at::zeros({0, 4}), at::zeros({0}), 0.5).size(0), 0);
}

void TestBoxSuppression::aligned_regions_equal_their_definition_data() {
  QTest::addColumn<int>("ratio");
  QTest::addColumn<bool>("aligned");
  for (const int ratio : {-1, 1, 2, 3})
    for (const bool aligned : {false, true})
      QTest::addRow("ratio %d%s", ratio, aligned ? ", aligned" : "") << ratio << aligned;
}

/// On a plane that is linear in x and y interpolation is exact, so that a bin that lies within it
/// has the plane's value at its centre.
void TestBoxSuppression::aligned_regions_equal_their_definition() {
  QFETCH(int, ratio);
  QFETCH(bool, aligned);
  const at::Tensor x = at::arange(20, at::kDouble), y = at::arange(16, at::kDouble).unsqueeze(1);
  const at::Tensor plane = at::stack({3 * x + 5 * y, (x - 2 * y).expand({16, 20})});
  const at::Tensor input = at::stack({plane, 10 - plane});
  const at::Tensor regions =
      at::tensor({0., 8., 8., 40., 32., 1., 12., 10., 52., 50., 0., 8., 8., 9., 9.})
          .reshape({3, 5});
  constexpr double scale = 0.25;
  for (const auto device : devices())
    for (const auto type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16}) {
      const at::Tensor found =
          kernels::torchvision_roi_align(input.to(device, type), regions.to(device, type), scale, 3,
                                         2, ratio, aligned)
              .to(at::kCPU, at::kDouble);
      QCOMPARE(found.sizes(), (at::IntArrayRef{3, 2, 3, 2}));
      for (int64_t r = 0; r < 3; ++r) {
        const auto side = [&](int64_t s) { return regions[r][s].item<double>() * scale; };
        const double shift = aligned ? 0.5 : 0;
        const double left = side(1) - shift, top = side(2) - shift;
        double width = side(3) - side(1), height = side(4) - side(2);
        if (!aligned) width = std::max(width, 1.0), height = std::max(height, 1.0);
        for (int64_t row = 0; row < 3; ++row)
          for (int64_t column = 0; column < 2; ++column) {
            const double u = left + (static_cast<double>(column) + 0.5) * width / 2;
            const double v = top + (static_cast<double>(row) + 0.5) * height / 3;
            const double first = 3 * u + 5 * v, second = u - 2 * v;
            const bool inverted = regions[r][0].item<double>() == 1;
            // Of values below 128, a little more than half a step of the type.
            const double tolerance = type == at::kDouble  ? 1e-10
                                     : type == at::kFloat ? 1e-4
                                     : type == at::kHalf  ? 0.04
                                                          : 0.3;
            QVERIFY(std::abs(found[r][0][row][column].item<double>() -
                             (inverted ? 10 - first : first)) < tolerance);
            QVERIFY(std::abs(found[r][1][row][column].item<double>() -
                             (inverted ? 10 - second : second)) < tolerance);
          }
      }
    }
}

void TestBoxSuppression::regions_outside_are_nothing() {
  const at::Tensor input = at::ones({1, 1, 4, 4});
  const at::Tensor regions = at::tensor({0.F, 40.F, 40.F, 44.F, 44.F}).reshape({1, 5});
  QVERIFY(
      kernels::torchvision_roi_align(input, regions, 1, 2, 2, 2, true).eq(0).all().item<bool>());
  QVERIFY_THROWS_EXCEPTION(c10::Error,
                           kernels::torchvision_roi_align(input, regions.add(3), 1, 2, 2, 2, true));
}

}  // namespace plumbline::test

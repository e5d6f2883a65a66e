#include <QtTest>

#include "kernels/resample_plan.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"
#include "tests/support/gpu_required.h"

namespace plumbline::test {

using namespace kernels;

namespace {

/// Views that only resample, without exchanging axes.
const std::vector<std::string> resampling_views = {"crop=tl",
                                                   "crop=tr",
                                                   "crop=bl",
                                                   "crop=br",
                                                   "crop=c",
                                                   "scale=0.9",
                                                   "scale=1.2",
                                                   "scale=0.6",
                                                   "translate=0.1:0.1",
                                                   "translate=-0.2:0.15",
                                                   "flip_x+scale=1.3",
                                                   "crop=tr+flip_y",
                                                   "rot180+translate=0.3:-0.1"};

/// The weights of every source place, by output place.
at::Tensor dense(const views::AxisSampling& axis, int source) {
  const auto count = static_cast<std::int64_t>(axis.first.size());
  at::Tensor weights = at::zeros({count, source});
  for (std::int64_t i = 0; i < count; ++i)
    for (int t = 0; t < axis.taps; ++t)
      weights[i][axis.first[static_cast<std::size_t>(i)] + t] +=
          axis.weights[static_cast<std::size_t>(i * axis.taps + t)];
  return weights;
}

at::Tensor dense(const std::vector<TwoTaps>& taps, int source) {
  at::Tensor weights = at::zeros({static_cast<std::int64_t>(taps.size()), source});
  for (std::int64_t i = 0; i < weights.size(0); ++i) {
    const TwoTaps& tap = taps[static_cast<std::size_t>(i)];
    weights[i][tap.first] += tap.first_weight;
    weights[i][tap.first + 1] += tap.second_weight;
  }
  return weights;
}

}  // namespace

void TestResamplePlan::two_neighbours_are_all_that_is_needed_data() {
  QTest::addColumn<int>("source");
  QTest::addColumn<double>("factor");
  QTest::addColumn<double>("offset");
  for (const int source : {2, 3, 5, 32, 224}) {
    const auto name = [&](const char* what) { return std::to_string(source) + ", " + what; };
    QTest::newRow(name("all of it").c_str()) << source << 1.0 << 0.0;
    QTest::newRow(name("a window at the left").c_str()) << source << 0.875 << 0.0;
    QTest::newRow(name("a window at the right").c_str()) << source << 0.875 << 0.125;
    QTest::newRow(name("mirrored").c_str()) << source << -1.3 << 1.2;
    QTest::newRow(name("smaller").c_str()) << source << 1.7 << -0.3;
  }
}

void TestResamplePlan::two_neighbours_are_all_that_is_needed() {
  QFETCH(int, source);
  QFETCH(double, factor);
  QFETCH(double, offset);
  const auto axis = views::sample_axis(source, 40, {0, 40}, factor, offset, false);
  const auto taps = two_taps(axis, source);
  QVERIFY(taps.has_value());
  QCOMPARE(taps->size(), std::size_t{40});
  at::Tensor expected = dense(axis, source);
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool inside = axis.region[at] == views::Region::image;
    QCOMPARE((*taps)[at].inside, inside);
    QVERIFY((*taps)[at].first >= 0 && (*taps)[at].first + 1 < source);
    if (!inside) expected[i].zero_();
  }
  QVERIFY(at::allclose(dense(*taps, source), expected, 0, 2e-6));
  const auto [first, count] = source_rows(*taps, 10, 5);
  for (std::size_t i = 10; i < 15; ++i)
    QVERIFY((*taps)[i].first >= first && (*taps)[i].first + 1 < first + count);
  QCOMPARE(source_rows(*taps, 39, 5).second, 2);
}

void TestResamplePlan::more_taps_are_left_to_others() {
  // Shrunk by two with antialiasing a place is made of four.
  QVERIFY(!two_taps(views::sample_axis(32, 32, {0, 32}, 2, -0.5, true), 32));
  QVERIFY(two_taps(views::sample_axis(32, 32, {0, 32}, 0.875, 0, true), 32));
  QVERIFY(!two_taps(views::sample_axis(1, 4, {0, 4}, 1, 0, false), 1));
}

void TestResamplePlan::a_gpu_gives_what_the_cpu_gives_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("height");
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("channels");
  QTest::addColumn<bool>("reverse");
  QTest::addColumn<bool>("antialias");
  QTest::newRow("CIFAR-10") << 67 << 32 << 32 << 3 << false << false;
  QTest::newRow("CIFAR-10, BGR") << 5 << 32 << 32 << 3 << true << false;
  QTest::newRow("Fashion-MNIST") << 131 << 28 << 28 << 1 << false << false;
  QTest::newRow("ImageNet") << 3 << 224 << 224 << 3 << true << false;
  QTest::newRow("ImageNet, antialiased") << 3 << 224 << 224 << 3 << false << true;
  QTest::newRow("odd and wide") << 3 << 5 << 67 << 3 << false << false;
  QTest::newRow("two pixels") << 2 << 2 << 2 << 3 << false << false;
  QTest::newRow("rows that are long") << 1 << 40 << 3000 << 3 << false << false;
  QTest::newRow("rows that fit no block") << 1 << 3 << 16000 << 3 << false << false;
}

void TestResamplePlan::a_gpu_gives_what_the_cpu_gives() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "resampled views");
  QFETCH(int, batch);
  QFETCH(int, height);
  QFETCH(int, width);
  QFETCH(int, channels);
  QFETCH(bool, reverse);
  QFETCH(bool, antialias);
  const auto images = random_images(batch, height, width, channels);
  auto normalisation = normalisation_of(channels, reverse);
  // A fill that is clamped, so that what lies outside is no zero.
  normalisation.mean[0] = -0.3;
  const BatchFacts facts{{}, {}, antialias};
  const auto steps = all_steps(resampling_views);
  const auto expected = view_synthesis(images, steps, normalisation, at::kFloat, facts);
  const auto found =
      view_synthesis(images.to(devices().back()), steps, normalisation, at::kFloat, facts)
          .to(at::kCPU);
  for (std::size_t v = 0; v < steps.size(); ++v) {
    const auto at = static_cast<std::int64_t>(v);
    const at::Tensor levels = (found[at] - expected[at]).abs().to(at::kDouble) * 255 *
                              at::tensor(normalisation.std, at::kDouble).view({-1, 1, 1});
    const double most = levels.max().item<double>();
    QVERIFY2(most < 2e-3,
             qPrintable(QString("%1: %2 levels").arg(resampling_views[v].c_str()).arg(most)));
  }
  const auto rounded =
      view_synthesis(images.to(devices().back()), steps, normalisation, at::kBFloat16, facts);
  QVERIFY(at::equal(rounded.to(at::kCPU), found.to(at::kBFloat16)));
}

void TestResamplePlan::kinds_of_views_keep_their_places() {
  SKIP_WITHOUT_GPU(devices().size() > 1, "views of all kinds in one call");
  const auto images = smooth_images(9, 32, 32, 3);
  const std::vector<std::string> views = {"crop=c",   "flip_x",         "hist",
                                          "rot90",    "gamma=2",        "scale=0.9",
                                          "identity", "crop=c+gamma=2", "rot180"};
  const auto normalisation = normalisation_of(3);
  const auto expected = view_synthesis(images, all_steps(views), normalisation, at::kFloat);
  const auto found =
      view_synthesis(images.to(devices().back()), all_steps(views), normalisation, at::kFloat)
          .to(at::kCPU);
  for (std::size_t v = 0; v < views.size(); ++v) {
    const auto at = static_cast<std::int64_t>(v);
    const auto off = (found[at] - expected[at]).abs().gt(1e-4).sum().item<std::int64_t>();
    QVERIFY2(off <= images.numel() / 1000, views[v].c_str());
  }
}

}  // namespace plumbline::test

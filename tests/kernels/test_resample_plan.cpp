#include <QtTest>

#include "kernels/resample_program.h"
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

/// The plan of some views, and those of them that are resampled.
struct Planned {
  ViewPlan plan;
  std::vector<PlacedResampling> resampled;
};
Planned planned(const at::Tensor& images, const std::vector<std::string>& texts,
                const Normalisation& normalisation) {
  c10::List<std::string> names;
  std::vector<double> values;
  std::vector<std::int64_t> counts;
  for (const auto& steps : all_steps(texts)) {
    counts.push_back(static_cast<std::int64_t>(steps.size()));
    for (const ViewStep& step : steps) {
      names.push_back(std::string(step.kind->name));
      values.insert(values.end(), step.values.begin(), step.values.end());
    }
  }
  Planned made{make_view_plan(images, {names,
                                       values,
                                       counts,
                                       normalisation.scale,
                                       normalisation.mean,
                                       normalisation.std,
                                       normalisation.reverse_channels,
                                       at::kFloat,
                                       false,
                                       {},
                                       {}}),
               {}};
  for (std::size_t v = 0; v < made.plan.views.size(); ++v)
    if (auto how = resampling_of(made.plan, made.plan.views[v], at::kByte))
      made.resampled.push_back({std::move(*how), static_cast<int>(v)});
  return made;
}

/// What a program makes of one image: [views, height, width, channels], and how often each row of
/// it was made, [views, height].
std::pair<at::Tensor, at::Tensor> played(const ResampleProgram& program, const ViewPlan& plan,
                                         const at::Tensor& image) {
  const auto views = static_cast<std::int64_t>(plan.views.size());
  at::Tensor out = at::zeros({views, plan.height, program.row_values});
  at::Tensor made = at::zeros({views, plan.height}, at::kLong);
  const at::Tensor rows = image.reshape({plan.height, program.row_values});
  for (const SourceSegment& segment : program.segments)
    for (int i = 0; i < segment.steps; ++i) {
      const RowStep& step = program.steps[static_cast<std::size_t>(segment.first_step + i)];
      const unsigned to = static_cast<unsigned>(step.to) & ~(1U << 31);
      const std::int64_t view = to >> row_bits, y = to & ((1U << row_bits) - 1);
      made[view][y] += 1;
      const int above = step.from / program.row_values;
      if (above + 1 >= segment.rows) made[view][y] += 100;  // not of what the block holds
      const at::Tensor upper = rows[segment.first_row + above].contiguous(),
                       lower = rows[segment.first_row + above + 1].contiguous();
      const auto* const u = upper.const_data_ptr<std::uint8_t>();
      const auto* const l = lower.const_data_ptr<std::uint8_t>();
      auto* const target = out[view][y].mutable_data_ptr<float>();
      for (int value = 0; value < program.row_values; ++value) {
        const auto at = static_cast<std::size_t>(segment.columns * program.row_values + value);
        const ColumnValue& column = program.columns[at];
        const auto along = [&](const std::uint8_t* row) {
          return column.left * static_cast<float>(row[column.from]) +
                 column.right * static_cast<float>(row[column.from + plan.channels]);
        };
        target[value] = column.offset + (step.to < 0 ? program.beyond[at] : 0) +
                        step.first_weight * along(u) + step.second_weight * along(l);
      }
    }
  return {out.view({views, plan.height, plan.width, plan.channels}), made};
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
}

void TestResamplePlan::more_taps_are_left_to_others() {
  // Shrunk by two with antialiasing a place is made of four.
  QVERIFY(!two_taps(views::sample_axis(32, 32, {0, 32}, 2, -0.5, true), 32));
  QVERIFY(two_taps(views::sample_axis(32, 32, {0, 32}, 0.875, 0, true), 32));
  QVERIFY(!two_taps(views::sample_axis(1, 4, {0, 4}, 1, 0, false), 1));
}

void TestResamplePlan::a_program_makes_every_row_once_data() {
  QTest::addColumn<int>("height");
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("channels");
  QTest::addColumn<bool>("reverse");
  QTest::newRow("CIFAR-10") << 32 << 32 << 3 << false;
  QTest::newRow("ImageNet, BGR") << 224 << 224 << 3 << true;
  QTest::newRow("Fashion-MNIST") << 28 << 28 << 1 << false;
  QTest::newRow("odd and wide") << 5 << 67 << 3 << false;
  QTest::newRow("rows that are long") << 9 << 9000 << 3 << false;
}

void TestResamplePlan::a_program_makes_every_row_once() {
  QFETCH(int, height);
  QFETCH(int, width);
  QFETCH(int, channels);
  QFETCH(bool, reverse);
  const auto images = random_images(1, height, width, channels);
  auto normalisation = normalisation_of(channels, reverse);
  normalisation.mean[0] = -0.3;
  const auto [plan, resampled] = planned(images, resampling_views, normalisation);
  QCOMPARE(resampled.size(), resampling_views.size());
  const auto program = make_resample_program(plan, resampled);
  QVERIFY(program.has_value());
  QVERIFY(program->borders);
  QVERIFY(program->image_bytes * program->images_a_block <= resample_tile_bytes);
  QVERIFY(program->most_steps <= most_segment_steps);
  QCOMPARE(program->values * program->groups * program->lanes, width * channels);
  const auto [found, made] = played(*program, plan, images[0]);
  QVERIFY(at::equal(made, at::ones_like(made)));
  const auto expected =
      view_synthesis(images, all_steps(resampling_views), normalisation, at::kFloat)
          .select(1, 0)
          .permute({0, 2, 3, 1});
  const at::Tensor levels =
      (found - expected).abs().to(at::kDouble) * 255 * at::tensor(normalisation.std, at::kDouble);
  QVERIFY2(levels.max().item<double>() < 2e-3,
           qPrintable(QString("%1 levels").arg(levels.max().item<double>())));
}

void TestResamplePlan::views_of_the_same_columns_share_rows() {
  // Of five crops those above and below each other have their columns in common: three tables, and
  // the source's rows are blended 2 × 224 + 196 times instead of 5 × 196.
  const std::vector<std::string> crops(resampling_views.begin(), resampling_views.begin() + 5);
  const auto images = random_images(1, 224, 224, 3);
  const auto [plan, resampled] = planned(images, crops, normalisation_of(3));
  const auto program = make_resample_program(plan, resampled);
  QVERIFY(program.has_value());
  QVERIFY(!program->borders);
  QCOMPARE(program->columns.size(), std::size_t{3 * 672});
  QCOMPARE(program->steps.size(), std::size_t{5 * 224});
  int rows = 0;
  for (const SourceSegment& segment : program->segments) rows += segment.rows - 1;
  QVERIFY(rows >= 2 * 223 + 195 && rows <= 2 * 224 + 196);
  // A block is filled: three images of 84 threads, 28 rows of the source.
  QCOMPARE(program->images_a_block * program->lanes, 252);
  QVERIFY(program->image_bytes >= 24 * 672 && program->image_bytes <= 28 * 672);
}

void TestResamplePlan::rows_that_fit_no_block_are_left_to_others() {
  const auto images = random_images(1, 3, 16000, 3);
  const auto [plan, resampled] = planned(images, {"crop=tl"}, normalisation_of(3));
  QCOMPARE(resampled.size(), std::size_t{1});
  QVERIFY(!make_resample_program(plan, resampled).has_value());
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

#include <QtTest>

#include "kernels/aten/aten_views.h"
#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"

namespace plumbline::test {

using namespace kernels;

namespace {

/// A batch's levels under a view: by the CPU's kernel, and by ATen on a device.
struct Both {
  at::Tensor kernel, aten;
};

Both both(const at::Tensor& images, const std::string& text, const BatchFacts& facts,
          at::Device device) {
  const auto steps = steps_of(text);
  const auto normalisation = normalisation_of(images.size(3), images.size(3) == 3);
  c10::List<std::string> names;
  std::vector<double> values;
  for (const auto& step : steps) {
    names.push_back(std::string(step.kind->name));
    values.insert(values.end(), step.values.begin(), step.values.end());
  }
  const std::vector<int64_t> counts = {static_cast<int64_t>(steps.size())};
  const std::optional<at::Tensor> samples = facts.samples;
  const auto valid = facts.valid.defined() ? std::optional(facts.valid) : std::nullopt;
  const ViewPlan plan = make_view_plan(
      images, {names, values, counts, normalisation.scale, normalisation.mean, normalisation.std,
               normalisation.reverse_channels, at::kFloat, facts.antialias, samples, valid});
  return {view_synthesis(images, {steps}, normalisation, at::kFloat, facts)[0],
          view_by_aten(plan, plan.views.front(), images.to(device)).to(at::kCPU)};
}

/// The largest difference in grey levels, and how many values differ by more than 2e-3.
std::pair<double, int64_t> difference(const Both& results, int64_t channels) {
  const auto normalisation = normalisation_of(channels, channels == 3);
  const auto levels = ((results.kernel - results.aten).to(at::kDouble) * 255 *
                       at::tensor(normalisation.std, at::kDouble).view({-1, 1, 1}))
                          .abs();
  return {levels.max().item<double>(), (levels > 2e-3).sum().item<int64_t>()};
}

}  // namespace

void TestAtenViews::equal_the_cpu_data() {
  QTest::addColumn<QString>("view");
  QTest::addColumn<bool>("colour");
  for (const bool colour : {true, false})
    for (const auto& text : texts_of_all_views(colour))
      QTest::newRow((text + (colour ? ", colour" : ", grey")).c_str())
          << QString::fromStdString(text) << colour;
}

void TestAtenViews::equal_the_cpu() {
  QFETCH(QString, view);
  QFETCH(bool, colour);
  const int64_t channels = colour ? 3 : 1;
  for (const auto device : devices())
    for (const auto& images :
         {smooth_images(6, 32, 32, channels), random_images(3, 28, 28, channels)}) {
      const BatchFacts facts{at::arange(1000, 1000 + images.size(0), at::kLong),
                             {},
                             view.contains(QLatin1String("0.6"))};
      const auto results = both(images, view.toStdString(), facts, device);
      QCOMPARE(results.aten.sizes(), results.kernel.sizes());
      const auto [largest, off] = difference(results, channels);
      // A level at a histogram's edge may be rounded to its neighbour: one value in a thousand.
      QVERIFY2(off <= images.numel() / 1000, qPrintable(QString::number(off)));
      const bool binned =
          view.contains(QLatin1String("hist")) || view.contains(QLatin1String("imadj"));
      QVERIFY2(binned || largest < 5e-3, qPrintable(QString::number(largest)));
    }
}

void TestAtenViews::padding_is_left_out_data() {
  QTest::addColumn<QString>("view");
  for (const char* view : {"hist", "adhist", "imadj", "contrast"}) QTest::newRow(view) << view;
}

void TestAtenViews::padding_is_left_out() {
  QFETCH(QString, view);
  // The same picture, alone and within padding of another level: its pixels come out the same.
  const auto picture = smooth_images(2, 24, 40, 3);
  auto padded = at::full({2, 40, 40, 3}, 114, at::kByte);
  padded.slice(1, 8, 32).copy_(picture);
  const auto valid = at::tensor({0, 8, 40, 32, 0, 8, 40, 32}, at::kInt).view({2, 4});
  const auto samples = at::arange(2, at::kLong);
  for (const auto device : devices()) {
    const auto alone = both(picture, view.toStdString(), {samples}, device);
    const auto within = both(padded, view.toStdString(), {samples, valid}, device);
    QVERIFY(at::allclose(alone.kernel, within.kernel.slice(2, 8, 32), 1e-5, 1e-5));
    QVERIFY(at::allclose(alone.aten, within.aten.slice(2, 8, 32), 1e-5, 1e-5));
    const auto blind = both(padded, view.toStdString(), {samples}, device);
    QVERIFY(!at::allclose(alone.kernel, blind.kernel.slice(2, 8, 32), 1e-3, 1e-3));
  }
}

}  // namespace plumbline::test

#include <QtTest>

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "tests/kernels/batches.h"
#include "tests/kernels/tests.h"

namespace plumbline::test {

using kernels::Normalisation;
using kernels::view_synthesis;

namespace {

/// The definition of views that are tables (DOMAIN 1.2), in plain ATen and in double.
at::Tensor reference(const at::Tensor& images, const std::string& view,
                     const Normalisation& normalisation) {
  at::Tensor x = images.to(at::kDouble).permute({0, 3, 1, 2});
  if (normalisation.reverse_channels) x = x.flip({1});
  if (view.starts_with("flip_x")) x = x.flip({3});
  if (view.starts_with("flip_y")) x = x.flip({2});
  if (view.starts_with("rot90")) x = x.rot90(1, {2, 3});
  if (view.starts_with("rot180")) x = x.rot90(2, {2, 3});
  if (view.starts_with("rot270")) x = x.rot90(3, {2, 3});
  if (const auto at = view.find("gamma="); at != view.npos)
    x = 255 * (x / 255).pow(std::stod(view.substr(at + 6)));
  if (const auto at = view.find("brightness="); at != view.npos)
    x = x.clamp(0, 255) + 255 * std::stod(view.substr(at + 11));
  const auto column = [](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).view({-1, 1, 1});
  };
  return (x.clamp(0, 255) * normalisation.scale - column(normalisation.mean)) /
         column(normalisation.std);
}

}  // namespace

void TestViewSynthesis::every_op_has_the_kernels_that_it_claims() {
  // Also that the linker has kept the registrations.
  const auto op = c10::Dispatcher::singleton().findSchema({"plumbline::view_synthesis", ""});
  QVERIFY(op.has_value());
  QVERIFY(op->hasKernelForDispatchKey(c10::DispatchKey::CPU));
#ifdef PLUMBLINE_CUDA
  QVERIFY(op->hasKernelForDispatchKey(c10::DispatchKey::CUDA));
#endif
}

void TestViewSynthesis::equals_the_definition_data() {
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("height");
  QTest::addColumn<int>("width");
  QTest::addColumn<int>("channels");
  QTest::addColumn<bool>("reverse");
  QTest::newRow("one pixel") << 1 << 1 << 1 << 1 << false;
  QTest::newRow("CIFAR-10") << 64 << 32 << 32 << 3 << false;
  QTest::newRow("CIFAR-10, BGR") << 64 << 32 << 32 << 3 << true;
  QTest::newRow("Fashion-MNIST") << 64 << 28 << 28 << 1 << false;
  QTest::newRow("odd and wide") << 3 << 5 << 67 << 3 << false;
  QTest::newRow("ImageNet") << 2 << 224 << 224 << 3 << false;
  QTest::newRow("ImageNet, BGR") << 2 << 224 << 224 << 3 << true;
  QTest::newRow("many small ones") << 3001 << 8 << 8 << 3 << true;
  QTest::newRow("many small grey ones") << 3001 << 6 << 8 << 1 << false;
  QTest::newRow("one row") << 3 << 1 << 12 << 3 << false;
}

void TestViewSynthesis::equals_the_definition() {
  QFETCH(int, batch);
  QFETCH(int, height);
  QFETCH(int, width);
  QFETCH(int, channels);
  QFETCH(bool, reverse);
  const auto images = random_images(batch, height, width, channels);
  const auto normalisation = normalisation_of(channels, reverse);
  std::vector<std::string> views = {"gamma=0.8",
                                    "identity",
                                    "flip_x",
                                    "gamma=2.5",
                                    "flip_y",
                                    "rot180",
                                    "flip_x+gamma=0.8+brightness=0.2"};
  if (height == width) views.insert(views.end(), {"rot90", "rot270", "rot90+gamma=0.5"});
  for (const auto device : devices()) {
    const auto out = view_synthesis(images.to(device), all_steps(views), normalisation, at::kFloat);
    QCOMPARE(out.sizes().vec(), (std::vector<int64_t>{static_cast<int64_t>(views.size()), batch,
                                                      channels, height, width}));
    for (size_t v = 0; v < views.size(); ++v) {
      const auto slice = out[static_cast<int64_t>(v)];
      QVERIFY(slice.is_contiguous(at::MemoryFormat::ChannelsLast));
      const auto expected = reference(images, views[v], normalisation).to(at::kFloat);
      // One rounding from double: the same float, or its neighbour where std::pow differs.
      QVERIFY2(at::allclose(slice.to(at::kCPU), expected, 2e-7, 2e-7), views[v].c_str());
      if (!QString::fromStdString(views[v]).contains(QLatin1String("gamma")))
        QVERIFY2(at::equal(slice.to(at::kCPU), expected), views[v].c_str());
    }
    // Alone a view may go another way, and the second time its tables are there already.
    for (const auto dtype : {at::kFloat, at::kBFloat16, at::kHalf})
      for (const int64_t v : {0, 1, 0, 4}) {
        const std::string& text = views[static_cast<size_t>(v)];
        const auto alone =
            view_synthesis(images.to(device), all_steps({text}), normalisation, dtype);
        QVERIFY2(at::equal(alone[0], out[v].to(dtype)), text.c_str());
      }
  }
}

void TestViewSynthesis::every_view_equals_its_levels_normalised_data() {
  QTest::addColumn<bool>("colour");
  QTest::newRow("colour") << true;
  QTest::newRow("grey") << false;
}

void TestViewSynthesis::every_view_equals_its_levels_normalised() {
  QFETCH(bool, colour);
  const int channels = colour ? 3 : 1, side = 32;
  const auto images = smooth_images(4, side, side, channels);
  const auto samples = at::arange(100, 104, at::kLong);
  for (const std::string& text : texts_of_all_views(colour)) {
    const auto steps = steps_of(text);
    const auto normalisation = normalisation_of(channels, colour);
    const auto out = view_synthesis(images, {steps}, normalisation, at::kFloat, {samples})[0];
    for (int64_t i = 0; i < images.size(0); ++i) {
      views::ViewContext context;
      context.sample = 100 + i;
      views::Fill fill;
      for (size_t c = 0; c < size_t(channels); ++c) {
        // The network is fed blue first; levels are red first.
        const size_t from = colour ? 2 - c : 0;
        context.mean[from] = normalisation.mean[c];
        context.std[from] = normalisation.std[c];
        fill.outside[from] = float(normalisation.mean[c] * 255);
      }
      views::Levels levels;
      views::place_levels({images[i].const_data_ptr<uint8_t>(), side, side, channels},
                          views::placement_of(steps, {side, side}), false, fill, levels);
      views::apply_intensities(levels, steps, context);
      auto expected = at::from_blob(levels.values.data(), {channels, side, side}).clone();
      if (colour) expected = expected.flip({0});
      expected = (expected.to(at::kDouble) / 255 -
                  at::tensor(normalisation.mean, at::kDouble).view({-1, 1, 1})) /
                 at::tensor(normalisation.std, at::kDouble).view({-1, 1, 1});
      QVERIFY2(at::allclose(out[i].to(at::kDouble), expected, 1e-5, 2e-5), text.c_str());
    }
  }
}

void TestViewSynthesis::half_precisions_round_the_same_values() {
  const auto images = smooth_images(7, 32, 32, 3);
  const auto normalisation = normalisation_of(3);
  const auto views = all_steps({"identity", "gamma=0.7", "hist", "scale=0.9"});
  for (const auto device : devices())
    for (const auto dtype : {at::kHalf, at::kBFloat16}) {
      const auto single = view_synthesis(images.to(device), views, normalisation, at::kFloat);
      const auto rounded = view_synthesis(images.to(device), views, normalisation, dtype);
      QVERIFY(rounded.scalar_type() == dtype);
      QVERIFY(at::equal(rounded, single.to(dtype)));
    }
}

void TestViewSynthesis::number_of_threads_and_batches_do_not_matter() {
  const auto images = smooth_images(50, 32, 32, 3);
  const auto normalisation = normalisation_of(3);
  const auto views = all_steps(texts_of_all_views(true));
  const auto samples = at::arange(50, at::kLong);
  const auto run = [&](int threads) {
    at::set_num_threads(threads);
    return view_synthesis(images, views, normalisation, at::kFloat, {samples});
  };
  const auto whole = run(1);
  QVERIFY(at::equal(whole, run(4)));
  const auto tail = view_synthesis(images.slice(0, 37).contiguous(), views, normalisation,
                                   at::kFloat, {samples.slice(0, 37)});
  QVERIFY(at::equal(whole.slice(1, 37), tail));
}

void TestViewSynthesis::an_empty_batch_gives_empty_views() {
  const auto out = view_synthesis(at::empty({0, 8, 8, 3}, at::kByte),
                                  all_steps({"identity", "hist"}), normalisation_of(3), at::kFloat);
  QCOMPARE(out.sizes().vec(), (std::vector<int64_t>{2, 0, 3, 8, 8}));
}

void TestViewSynthesis::bad_arguments_are_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("float images under a mirror") << 0 << "'flip_x' needs uint8";
  QTest::newRow("three dimensions") << 1 << "3 dimensions";
  QTest::newRow("two channels") << 2 << "1 or 3 channels";
  QTest::newRow("double images") << 3 << "uint8 or float32";
  QTest::newRow("a mean too few") << 5 << "3 channels";
  QTest::newRow("double output") << 6 << "dtype";
  QTest::newRow("not contiguous") << 7 << "contiguous";
  QTest::newRow("samples too few") << 8 << "one for each of 2";
  QTest::newRow("a rectangle outside") << 9 << "image 1 lies outside";
}

void TestViewSynthesis::bad_arguments_are_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  auto images = random_images(2, 8, 8, fault == 2 ? 2 : 3);
  if (fault == 0) images = images.to(at::kFloat);
  if (fault == 1) images = images[0];
  if (fault == 3) images = images.to(at::kDouble);
  if (fault == 7) images = images.transpose(1, 2);
  auto normalisation = normalisation_of(3);
  if (fault == 5) normalisation.mean.pop_back();
  kernels::BatchFacts facts;
  if (fault == 8) facts.samples = at::arange(1, at::kLong);
  if (fault == 9) facts.valid = at::tensor({0, 0, 8, 8, 0, 0, 9, 8}, at::kInt).view({2, 4});
  try {
    view_synthesis(images, all_steps({"identity", "flip_x"}), normalisation,
                   fault == 6 ? at::kDouble : at::kFloat, facts);
    QFAIL("no error");
  } catch (const c10::Error& error) {
    QVERIFY2(QString(error.what_without_backtrace()).contains(named),
             error.what_without_backtrace());
  }
}

}  // namespace plumbline::test

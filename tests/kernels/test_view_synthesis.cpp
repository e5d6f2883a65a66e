#include <QtTest>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "core/types/view.h"
#include "kernels/view_definitions.h"
#include "kernels/view_synthesis.h"
#ifdef PLUMBLINE_CUDA
#include <ATen/cuda/CUDAContext.h>
#endif

using plumbline::kernels::Normalisation;
using plumbline::kernels::view_synthesis;

namespace {

at::Tensor random_images(int64_t batch, int64_t height, int64_t width, int64_t channels) {
  at::manual_seed(5);
  return at::randint(0, 256, {batch, height, width, channels}, at::kByte);
}

/// The definition (DOMAIN 1.2), in plain ATen and in double.
at::Tensor reference(const at::Tensor& images, const std::string& view, double value,
                     const Normalisation& normalisation) {
  at::Tensor x = images.to(at::kDouble).permute({0, 3, 1, 2});
  if (normalisation.reverse_channels) x = x.flip({1});
  if (view == "flip_x") x = x.flip({3});
  if (view == "gamma") x = 255 * (x / 255).pow(value);
  const auto column = [](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).view({-1, 1, 1});
  };
  return (x.clamp(0, 255) * normalisation.scale - column(normalisation.mean)) /
         column(normalisation.std);
}

Normalisation normalisation_of(int64_t channels, bool reverse = false) {
  Normalisation n;
  n.mean = channels == 3 ? std::vector{0.485, 0.456, 0.406} : std::vector{0.286};
  n.std = channels == 3 ? std::vector{0.229, 0.224, 0.225} : std::vector{0.353};
  n.reverse_channels = reverse;
  return n;
}

std::vector<at::Device> devices() {
  std::vector<at::Device> all = {at::kCPU};
#ifdef PLUMBLINE_CUDA
  if (at::cuda::is_available()) all.emplace_back(at::kCUDA, 0);
#endif
  return all;
}

}  // namespace

class TestViewSynthesis : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void every_op_has_the_kernels_that_it_claims();
  void every_view_of_the_pool_has_a_kernel();
  void equals_the_definition_data();
  void equals_the_definition();
  void half_precisions_round_the_same_values();
  void flip_is_its_own_inverse();
  void number_of_threads_does_not_matter();
  void an_empty_batch_gives_empty_views();
  void bad_arguments_are_named_data();
  void bad_arguments_are_named();
};

void TestViewSynthesis::every_op_has_the_kernels_that_it_claims() {
  // Also that the linker has kept the registrations.
  const auto op = c10::Dispatcher::singleton().findSchema({"plumbline::view_synthesis", ""});
  QVERIFY(op.has_value());
  QVERIFY(op->hasKernelForDispatchKey(c10::DispatchKey::CPU));
#ifdef PLUMBLINE_CUDA
  QVERIFY(op->hasKernelForDispatchKey(c10::DispatchKey::CUDA));
#endif
}

void TestViewSynthesis::every_view_of_the_pool_has_a_kernel() {
  std::vector<std::string> pool, kernels;
  for (const auto& kind : plumbline::view_kinds()) pool.emplace_back(kind.name);
  for (const auto& definition : plumbline::kernels::view_definitions())
    kernels.emplace_back(definition.name);
  QCOMPARE(pool, kernels);
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
}

void TestViewSynthesis::equals_the_definition() {
  QFETCH(int, batch);
  QFETCH(int, height);
  QFETCH(int, width);
  QFETCH(int, channels);
  QFETCH(bool, reverse);
  const auto images = random_images(batch, height, width, channels);
  const auto normalisation = normalisation_of(channels, reverse);
  const std::vector<std::string> views = {"gamma", "identity", "flip_x", "gamma"};
  const std::vector<double> values = {0.8, 0, 0, 2.5};
  for (const auto device : devices()) {
    const auto out = view_synthesis(images.to(device), views, values, normalisation, at::kFloat);
    QCOMPARE(out.sizes().vec(), (std::vector<int64_t>{4, batch, channels, height, width}));
    for (size_t v = 0; v < views.size(); ++v) {
      const auto slice = out[static_cast<int64_t>(v)];
      QVERIFY(slice.is_contiguous(at::MemoryFormat::ChannelsLast));
      const auto expected = reference(images, views[v], values[v], normalisation).to(at::kFloat);
      // One rounding from double: the same float, or its neighbour where std::pow differs.
      QVERIFY(at::allclose(slice.to(at::kCPU), expected, 2e-7, 2e-7));
      if (views[v] != "gamma") QVERIFY(at::equal(slice.to(at::kCPU), expected));
    }
  }
}

void TestViewSynthesis::half_precisions_round_the_same_values() {
  const auto images = random_images(7, 32, 32, 3);
  const auto normalisation = normalisation_of(3);
  for (const auto device : devices())
    for (const auto dtype : {at::kHalf, at::kBFloat16}) {
      const auto single = view_synthesis(images.to(device), {"identity", "gamma"}, {0, 0.7},
                                         normalisation, at::kFloat);
      const auto rounded =
          view_synthesis(images.to(device), {"identity", "gamma"}, {0, 0.7}, normalisation, dtype);
      QVERIFY(rounded.scalar_type() == dtype);
      QVERIFY(at::equal(rounded, single.to(dtype)));
    }
}

void TestViewSynthesis::flip_is_its_own_inverse() {
  const auto images = random_images(5, 9, 14, 3);
  const auto normalisation = normalisation_of(3);
  const auto flipped = images.flip({2}).contiguous();
  QVERIFY(at::equal(view_synthesis(flipped, {"flip_x"}, {0}, normalisation, at::kFloat),
                    view_synthesis(images, {"identity"}, {0}, normalisation, at::kFloat)));
}

void TestViewSynthesis::number_of_threads_does_not_matter() {
  const auto images = random_images(100, 32, 32, 3);
  const auto normalisation = normalisation_of(3);
  const auto run = [&](int threads) {
    at::set_num_threads(threads);
    return view_synthesis(images, {"identity", "flip_x", "gamma"}, {0, 0, 1.3}, normalisation,
                          at::kFloat);
  };
  QVERIFY(at::equal(run(1), run(4)));
}

void TestViewSynthesis::an_empty_batch_gives_empty_views() {
  const auto out = view_synthesis(at::empty({0, 8, 8, 3}, at::kByte), {"identity"}, {0},
                                  normalisation_of(3), at::kFloat);
  QCOMPARE(out.sizes().vec(), (std::vector<int64_t>{1, 0, 3, 8, 8}));
}

void TestViewSynthesis::bad_arguments_are_named_data() {
  QTest::addColumn<int>("fault");
  QTest::addColumn<QString>("named");
  QTest::newRow("float images") << 0 << "uint8";
  QTest::newRow("three dimensions") << 1 << "3 dimensions";
  QTest::newRow("two channels") << 2 << "1 or 3 channels";
  QTest::newRow("unknown view") << 3 << "'kaleidoscope'";
  QTest::newRow("a value too few") << 4 << "2 views but 1 values";
  QTest::newRow("a mean too few") << 5 << "3 channels";
  QTest::newRow("double output") << 6 << "dtype";
  QTest::newRow("not contiguous") << 7 << "contiguous";
}

void TestViewSynthesis::bad_arguments_are_named() {
  QFETCH(int, fault);
  QFETCH(QString, named);
  auto images = random_images(2, 8, 8, fault == 2 ? 2 : 3);
  if (fault == 0) images = images.to(at::kFloat);
  if (fault == 1) images = images[0];
  if (fault == 7) images = images.transpose(1, 2);
  auto normalisation = normalisation_of(3);
  if (fault == 5) normalisation.mean.pop_back();
  const std::vector<std::string> views = {"identity", fault == 3 ? "kaleidoscope" : "flip_x"};
  const std::vector<double> values(fault == 4 ? 1 : 2);
  try {
    view_synthesis(images, views, values, normalisation, fault == 6 ? at::kDouble : at::kFloat);
    QFAIL("no error");
  } catch (const c10::Error& error) {
    QVERIFY2(QString(error.what_without_backtrace()).contains(named),
             error.what_without_backtrace());
  }
}

QTEST_APPLESS_MAIN(TestViewSynthesis)
#include "test_view_synthesis.moc"

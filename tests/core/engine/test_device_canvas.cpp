#include <QtTest>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "core/data/exif.h"
#include "core/engine/inference/device_canvas.h"
#include "core/types/view.h"
#include "tests/core/engine/inference_tests.h"
#include "tests/core/engine/jpeg_files.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

std::vector<at::Device> canvas_devices() {
  std::vector<at::Device> all = {at::kCPU};
  if (at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0) all.emplace_back(at::kCUDA, 0);
  return all;
}

struct Fitting {
  const char* name;
  Resize resize;
  int channels, width, height;
  const char* view;
};

std::vector<Fitting> fittings() {
  std::vector<Fitting> all;
  for (const auto interpolation : {Interpolation::bilinear, Interpolation::bilinear_antialias}) {
    Resize stretch{.kind = ResizeKind::stretch, .interpolation = interpolation};
    Resize shorter{.kind = ResizeKind::short_side, .size = 40, .interpolation = interpolation};
    Resize boxed{.kind = ResizeKind::letterbox,
                 .interpolation = interpolation,
                 .pad = 77,
                 .anchor = "centre"};
    all.push_back({"stretched", stretch, 3, 33, 21, ""});
    all.push_back({"stretched grey", stretch, 1, 50, 61, ""});
    all.push_back({"cropped", shorter, 3, 32, 32, ""});
    all.push_back({"cropped, with margins", shorter, 3, 90, 96, ""});
    all.push_back({"cropped and mirrored", shorter, 3, 32, 36, "flip_x"});
    all.push_back({"cropped and turned", shorter, 1, 36, 32, "rot90"});
    all.push_back({"boxed", boxed, 3, 64, 48, ""});
    all.push_back({"boxed, upside down", boxed, 3, 48, 64, "rot180"});
    all.push_back({"boxed and turned back", boxed, 3, 70, 30, "rot270"});
  }
  return all;
}

}  // namespace

void TestDeviceCanvas::equals_the_hosts_canvas_data() {
  QTest::addColumn<int>("which");
  QTest::addColumn<int>("device");
  for (int device = 0; device < static_cast<int>(canvas_devices().size()); ++device)
    for (int i = 0; i < static_cast<int>(fittings().size()); ++i) {
      const Fitting fitting = fittings()[static_cast<std::size_t>(i)];
      const bool wide = fitting.resize.interpolation == Interpolation::bilinear_antialias;
      QTest::addRow("%s %s on %s", fitting.name, wide ? "by PIL" : "by OpenCV",
                    canvas_devices()[static_cast<std::size_t>(device)].str().c_str())
          << i << device;
    }
}

// To the bit, of images of all orientations and many sizes in one batch.
void TestDeviceCanvas::equals_the_hosts_canvas() {
  QFETCH(int, which);
  QFETCH(int, device);
  const Fitting fitting = fittings()[static_cast<std::size_t>(which)];
  Canvas canvas{fitting.channels, fitting.height, fitting.width, fitting.resize, {}, {}};
  if (fitting.view[0] != '\0') canvas.geometric = value(parse_view(fitting.view));
  QVERIFY(canvas.eight_bit());

  std::vector<Image> stored;
  for (const auto& [width, height] :
       {std::pair(1, 1), {40, 40}, {41, 33}, {33, 21}, {200, 150}, {5, 310}, {120, 7}, {64, 48}})
    stored.push_back(coloured_picture(width, height, static_cast<unsigned>(stored.size())));
  std::vector<std::uint8_t> pixels(5);  // what is not theirs
  DeviceCanvas on_device(canvas);
  std::vector<CanvasImage> expected;
  std::int64_t row = 0;
  for (const Image& image : stored)
    for (int orientation = 1; orientation <= 8; ++orientation, ++row) {
      expected.push_back(value(put_on_canvas(upright(image, orientation), canvas, "a.jpg")));
      const auto offset = static_cast<std::int64_t>(pixels.size());
      const auto valid =
          value(on_device.add({offset, image.width, image.height, orientation}, row, "a.jpg"));
      QCOMPARE(valid.left, expected.back().valid.left);
      QCOMPARE(valid.top, expected.back().valid.top);
      QCOMPARE(valid.right, expected.back().valid.right);
      QCOMPARE(valid.bottom, expected.back().valid.bottom);
      pixels.insert(pixels.end(), image.pixels.begin(), image.pixels.end());
    }
  const at::Device there = canvas_devices()[static_cast<std::size_t>(device)];
  const at::Tensor all =
      at::from_blob(pixels.data(), {static_cast<std::int64_t>(pixels.size())}, at::kByte).to(there);
  at::Tensor batch = at::full({row + 1, fitting.height, fitting.width, fitting.channels}, 9,
                              at::TensorOptions(there).dtype(at::kByte));
  on_device.put(all, batch);
  const at::Tensor found = batch.cpu();
  for (std::int64_t i = 0; i < row; ++i) {
    auto& levels = expected[static_cast<std::size_t>(i)].pixels.pixels;
    const at::Tensor wanted =
        at::from_blob(levels.data(), {fitting.height, fitting.width, fitting.channels}, at::kByte);
    QVERIFY2(at::equal(found[i], wanted), qPrintable(QString("image %1").arg(i)));
  }
  QVERIFY(at::all(found[row] == 9).item<bool>());  // which nobody named
}

void TestDeviceCanvas::what_does_not_fit_is_named() {
  DeviceCanvas canvas({3, 20, 20, {}, {}, {}});
  const auto added = canvas.add({0, 21, 20, 1}, 0, "a.jpg");
  QVERIFY(!added);
  const auto put = put_on_canvas(coloured_picture(21, 20, 1), {3, 20, 20, {}, {}, {}}, "a.jpg");
  QCOMPARE(to_string(added.error()), to_string(put.error()));
}

void TestDeviceCanvas::places_outside_are_refused() {
  const auto canvas = [](std::int64_t offset) {
    DeviceCanvas made({3, 8, 8, {.kind = ResizeKind::stretch}, {}, {}});
    value(made.add({offset, 10, 10, 1}, 0, "a.jpg"));
    return made;
  };
  at::Tensor batch = at::zeros({1, 8, 8, 3}, at::kByte);
  canvas(20).put(at::zeros({320}, at::kByte), batch);
  QVERIFY_THROWS_EXCEPTION(c10::Error, canvas(20).put(at::zeros({319}, at::kByte), batch));
  at::Tensor none = at::zeros({0, 8, 8, 3}, at::kByte);
  QVERIFY_THROWS_EXCEPTION(c10::Error, canvas(0).put(at::zeros({300}, at::kByte), none));
  at::Tensor smaller = at::zeros({1, 8, 7, 3}, at::kByte);
  QVERIFY_THROWS_EXCEPTION(c10::Error, canvas(0).put(at::zeros({300}, at::kByte), smaller));
}

}  // namespace plumbline::test

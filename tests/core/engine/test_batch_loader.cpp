#include <QtTest>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "core/engine/inference/batch_loader.h"
#include "tests/core/engine/image_study.h"
#include "tests/core/engine/inference_tests.h"

namespace plumbline::test {

namespace {

Canvas canvas_of(const std::string& resize, int side) {
  auto text = QString::fromStdString(StudyFixture::card("net", 10));
  text.replace(R"("resize":{"kind":"none"})", "\"resize\":" + QString::fromStdString(resize));
  text.replace("\"height\":32,\"width\":32",
               QString("\"height\":%1,\"width\":%2").arg(side).arg(side));
  const auto card = value(parse_model_card(text.toStdString(), "net"));
  return value(divide_view(card.input, {})).canvas;
}

Canvas plain() { return canvas_of(R"({"kind":"none"})", 32); }

}  // namespace

void TestBatchLoader::batches_hold_the_images_data() {
  QTest::addColumn<int>("samples");
  QTest::addColumn<int>("batch");
  QTest::addColumn<bool>("for_gpu");
  QTest::newRow("more than what is loaded ahead") << 53 << 4 << false;
  QTest::newRow("one batch") << 7 << 100 << false;
  QTest::newRow("one each") << 9 << 1 << false;
  QTest::newRow("even") << 32 << 16 << false;
  if (at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0) {
    QTest::newRow("by all threads") << 2500 << 64 << true;
    QTest::newRow("by more threads than samples") << 3 << 2 << true;
  }
}

void TestBatchLoader::batches_hold_the_images() {
  QFETCH(int, samples);
  QFETCH(int, batch);
  QFETCH(bool, for_gpu);
  const ImageStudy images(samples);
  const auto reader = value(images.study.reader(images.dataset.id));
  const auto infos = images.samples();
  constexpr std::int64_t begin = 2048;
  BatchLoader loader(reader, infos, begin, batch, {plain(), plain()}, for_gpu);
  std::int64_t next = begin;
  while (const auto loaded = loader.next()) {
    QCOMPARE(loaded->first, next);
    QCOMPARE(loaded->count, std::min<std::int64_t>(batch, begin + samples - next));
    QVERIFY(loaded->failures.empty());
    QCOMPARE(loaded->images.size(), std::size_t{2});
    QVERIFY(!loaded->valid[0].defined());
    QCOMPARE(loaded->images[0].sizes(), (at::IntArrayRef{loaded->count, 32, 32, 3}));
    const auto levels =
        images.inputs().narrow(0, next - begin, loaded->count).permute({0, 2, 3, 1}) * 0.25 + 0.5;
    QVERIFY(at::equal(loaded->images[0].to(at::kDouble), (levels * 255).round()));
    QVERIFY(at::equal(loaded->images[0], loaded->images[1]));
    next += loaded->count;
  }
  QCOMPARE(next, begin + samples);
  QVERIFY(!loader.next());
}

void TestBatchLoader::a_resized_image_names_what_shows_it() {
  const ImageStudy images(3);
  const auto reader = value(images.study.reader(images.dataset.id));
  const auto infos = images.samples();
  BatchLoader loader(reader, infos, 0, 3,
                     {canvas_of(R"({"kind":"letterbox","anchor":"top-left"})", 48),
                      canvas_of(R"({"kind":"stretch"})", 16)},
                     false);
  const auto loaded = loader.next();
  QVERIFY(loaded.has_value());
  QCOMPARE(loaded->images[0].sizes(), (at::IntArrayRef{3, 48, 48, 3}));
  QCOMPARE(loaded->images[1].sizes(), (at::IntArrayRef{3, 16, 16, 3}));
  QVERIFY(!loaded->valid[1].defined());
  for (int i = 0; i < 3; ++i)
    QVERIFY(at::equal(loaded->valid[0][i], at::tensor({0, 0, 48, 48}, at::kInt)));
}

void TestBatchLoader::unreadable_images_are_named() {
  const ImageStudy images(10);
  const auto reader = value(images.study.reader(images.dataset.id));
  auto infos = images.samples();
  infos[3].locator.record = infos[8].locator.record = 5'000'000;
  BatchLoader loader(reader, infos, 100, 4, {plain()}, false);
  std::vector<std::int64_t> failed;
  while (const auto loaded = loader.next())
    for (const LoadFailure& failure : loaded->failures) {
      failed.push_back(failure.sample);
      QCOMPARE(failure.where, infos[static_cast<std::size_t>(failure.sample - 100)].name);
      QVERIFY(!failure.message.empty());
      QCOMPARE(loaded->images[0][failure.sample - loaded->first].sum().item<std::int64_t>(), 0);
    }
  QCOMPARE(failed, (std::vector<std::int64_t>{103, 108}));
}

void TestBatchLoader::a_loader_may_go_before_its_end() {
  const ImageStudy images(200);
  const auto reader = value(images.study.reader(images.dataset.id));
  const auto infos = images.samples();
  for (int taken = 0; taken < 3; ++taken) {
    BatchLoader loader(reader, infos, 0, 2, {plain()}, false);
    for (int i = 0; i < taken; ++i) QCOMPARE(loader.next()->first, std::int64_t{2} * i);
  }
}

}  // namespace plumbline::test

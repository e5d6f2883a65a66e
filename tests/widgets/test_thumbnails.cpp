#include <QFile>
#include <QPainter>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <fstream>

#include "core/data/jpeg_writer.h"
#include "core/data/thumbnail_pack.h"
#include "core/study/study.h"
#include "tests/widgets/tests.h"
#include "widgets/picture/sample_image.h"
#include "widgets/picture/thumbnail_loader.h"

using namespace plumbline;

namespace {

constexpr int picture_side = 96;

/// Two large images, red and green, and a small blue one.
class Pictures {
 public:
  Pictures() {
    write("a/0.jpg", {800, 600}, Qt::red);
    write("a/1.jpg", {600, 800}, Qt::green);
    write("b/2.jpg", {picture_side + 20, picture_side}, Qt::blue);
    auto study = Study::open(folder(), Access::create);
    const auto scan = scan_image_folder(images(), {});
    if (!study || !scan || !study->add_split("pictures", "test", *scan))
      qFatal("the study cannot be made");
  }
  std::filesystem::path folder() const { return directory_.filePath("p.plumb").toStdString(); }
  std::filesystem::path images() const { return directory_.filePath("images").toStdString(); }
  std::filesystem::path pack() const { return folder() / "cache" / "thumbnails.pack"; }

  void write(const char* name, QSize size, const QColor& colour) const {
    QImage image(size, QImage::Format_RGB32);
    image.fill(colour);
    write(name, image);
  }

  void write(const char* name, const QImage& image) const {
    const auto file = images() / name;
    std::filesystem::create_directories(file.parent_path());
    const auto jpeg = encode_jpeg(to_image(image), 90);
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(jpeg->data()),
               static_cast<std::streamsize>(jpeg->size()));
  }

 private:
  QTemporaryDir directory_;
};

/// The colour in the middle of a thumbnail; invalid where there is none.
QColor middle(const ThumbnailLoader& loader, ItemRef item) {
  const Thumbnail* thumbnail = loader.find(item);
  if (thumbnail == nullptr || thumbnail->image.isNull()) return {};
  return thumbnail->image.pixelColor(thumbnail->image.rect().center());
}

bool is_like(const QColor& a, const QColor& b) {
  return a.isValid() && std::abs(a.red() - b.red()) < 12 && std::abs(a.green() - b.green()) < 12 &&
         std::abs(a.blue() - b.blue()) < 12;
}

}  // namespace

class TestThumbnails : public QObject {
  Q_OBJECT

  static bool loads(ThumbnailLoader& loader) {
    loader.want({{ItemRef(0)}, {ItemRef(1)}, {ItemRef(2)}}, picture_side);
    return QTest::qWaitFor(
        [&] {
          for (const std::uint32_t sample : {0u, 1u, 2u})
            if (loader.find(ItemRef(sample)) == nullptr) return false;
          return loader.complete();
        },
        10000);
  }

 private Q_SLOTS:
  void large_images_are_packed_and_small_ones_are_not() {
    const Pictures pictures;
    for (int round = 0; round < 2; ++round) {
      {
        ThumbnailLoader loader;
        loader.set_source(pictures.folder(), 1, "test");
        QVERIFY(loads(loader));
        QVERIFY(is_like(middle(loader, ItemRef(0)), Qt::red));
        QVERIFY(is_like(middle(loader, ItemRef(1)), Qt::green));
        QVERIFY(is_like(middle(loader, ItemRef(2)), Qt::blue));
        QCOMPARE(loader.find(ItemRef(0))->image.size(), QSize(picture_side, picture_side * 3 / 4));
        QCOMPARE(loader.find(ItemRef(1))->image.size(), QSize(picture_side * 3 / 4, picture_side));
        QCOMPARE(loader.find(ItemRef(0))->name, QStringLiteral("a/0.jpg"));
      }
      QCOMPARE(ThumbnailPack::open(pictures.pack()).size(), std::size_t{2});
    }
  }

  void a_changed_image_is_shown_as_it_is() {
    const Pictures pictures;
    ThumbnailLoader loader;
    loader.set_source(pictures.folder(), 1, "test");
    QVERIFY(loads(loader));
    pictures.write("a/0.jpg", {820, 600}, Qt::yellow);
    std::filesystem::remove(pictures.images() / "a/1.jpg");
    loader.set_source(pictures.folder(), 1, "test");
    QVERIFY(loads(loader));
    QVERIFY(is_like(middle(loader, ItemRef(0)), Qt::yellow));
    QVERIFY(!loader.find(ItemRef(1))->error.isEmpty());
    QVERIFY(is_like(middle(loader, ItemRef(2)), Qt::blue));
  }

  void the_pack_is_what_is_shown() {
    const Pictures pictures;
    {
      ThumbnailLoader loader;
      loader.set_source(pictures.folder(), 1, "test");
      QVERIFY(loads(loader));
    }
    // Another picture in the pack under the image's own key.
    {
      const auto study = Study::open(pictures.folder(), Access::read_only);
      const auto reader = study->reader(1);
      const auto sample = study->samples(1, "test", 0, 1)->front();
      QImage marked(picture_side, picture_side * 3 / 4, QImage::Format_RGB32);
      marked.fill(Qt::magenta);
      ThumbnailPack pack = ThumbnailPack::open(pictures.pack());
      pack.keep({1, "test", 0, *reader->fingerprint(sample.locator), picture_side},
                *encode_jpeg(to_image(marked), 95));
    }
    ThumbnailLoader loader;
    loader.set_source(pictures.folder(), 1, "test");
    QVERIFY(loads(loader));
    QVERIFY(is_like(middle(loader, ItemRef(0)), Qt::magenta));
  }

  void a_damaged_pack_is_made_anew() {
    const Pictures pictures;
    std::filesystem::create_directories(pictures.pack().parent_path());
    std::ofstream(pictures.pack()) << std::string(5000, 'x');
    {
      ThumbnailLoader loader;
      loader.set_source(pictures.folder(), 1, "test");
      QVERIFY(loads(loader));
      QVERIFY(is_like(middle(loader, ItemRef(0)), Qt::red));
    }
    QCOMPARE(ThumbnailPack::open(pictures.pack()).size(), std::size_t{2});
  }

  void an_object_is_cut_out_of_its_image() {
    const Pictures pictures;
    QImage scene(800, 600, QImage::Format_RGB32);
    scene.fill(Qt::red);
    QPainter(&scene).fillRect(QRect(600, 100, 200, 100), Qt::green);
    pictures.write("a/0.jpg", scene);
    const std::vector<ThumbnailRequest> wanted = {
        {ItemRef(0)},
        {ItemRef(0, 0), PixelRect{600, 100, 200, 100}},
        {ItemRef(0, 1), PixelRect{-50, 500, 100, 400}},  // reaches beyond the image
        {ItemRef(0, 2), PixelRect{800, 0, 10, 10}}};     // lies beside it
    for (int round = 0; round < 2; ++round) {
      {
        ThumbnailLoader loader;
        loader.set_source(pictures.folder(), 1, "test");
        loader.want(wanted, picture_side);
        QTRY_VERIFY(loader.complete() && loader.find(wanted.back().item) != nullptr &&
                    loader.find(wanted.front().item) != nullptr);
        QVERIFY(is_like(middle(loader, ItemRef(0)), Qt::red));
        QVERIFY(is_like(middle(loader, ItemRef(0, 0)), Qt::green));
        QCOMPARE(loader.find(ItemRef(0, 0))->image.size(), QSize(picture_side, picture_side / 2));
        QVERIFY(is_like(middle(loader, ItemRef(0, 1)), Qt::red));
        QCOMPARE(loader.find(ItemRef(0, 1))->image.size(), QSize(picture_side / 2, picture_side));
        QVERIFY(loader.find(ItemRef(0, 2))->image.isNull());
        QVERIFY(loader.find(ItemRef(0, 2))->error.contains(QStringLiteral("outside")));
      }
      // The whole and both objects, under keys of their own.
      QCOMPARE(ThumbnailPack::open(pictures.pack()).size(), std::size_t{3});
    }
  }

  void the_same_study_again_still_writes() {
    const Pictures pictures;
    ThumbnailLoader loader;
    loader.set_source(pictures.folder(), 1, "test");
    QVERIFY(loads(loader));
    loader.set_source(pictures.folder(), 1, "test");
    loader.want({{ItemRef(0)}}, 48);
    QTRY_VERIFY(loader.complete() && loader.find(ItemRef(0)) != nullptr &&
                loader.find(ItemRef(0))->side == 48);
    QVERIFY(!ThumbnailPack::open(pictures.pack()).writes());
    QCOMPARE(ThumbnailPack::open(pictures.pack()).size(), std::size_t{3});
  }
};

int test_thumbnails(int argc, char** argv) {
  TestThumbnails test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_thumbnails.moc"

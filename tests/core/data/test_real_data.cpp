#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <array>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "core/data/dataset_scan.h"
#include "core/data/safetensors.h"
#include "core/data/sample_reader.h"
#include "encoders.h"

using namespace plumbline;
namespace fs = std::filesystem;

/// Real files, where they are: $PLUMBLINE_DATA or ../shared/data beside the repository.
class TestRealData : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    const char* named = std::getenv("PLUMBLINE_DATA");
    data_ = named != nullptr ? fs::path(named) : fs::path(PLUMBLINE_SOURCE_DIR) / "../shared/data";
    if (!fs::exists(data_)) QSKIP("the real data are not here: set PLUMBLINE_DATA");
  }

  void fashion_mnist() {
    const auto images = data_ / "fashion-mnist/t10k-images-idx3-ubyte.gz";
    if (!fs::exists(images)) QSKIP("fashion-mnist is not here");
    const auto scan = scan_idx(images, data_ / "fashion-mnist/t10k-labels-idx1-ubyte.gz", {});
    QVERIFY2(scan, problem(scan).c_str());
    QCOMPARE(scan->samples.size(), std::size_t{10'000});
    QCOMPARE(scan->classes.size(), std::size_t{10});
    std::array<int, 10> counts{};
    for (const auto& sample : scan->samples) ++counts.at(sample.label);
    for (const int count : counts) QCOMPARE(count, 1'000);
    const SampleReader reader(scan->format, scan->sources);
    const auto image = reader.read({0, 9'999, ""});
    QVERIFY2(image, problem(image).c_str());
    QCOMPARE(image->width, 28);
    QCOMPARE(image->height, 28);
    QCOMPARE(image->channels, 1);
  }

  void coco_images_equal_opencv() {
    const auto folder = data_ / "coco/tiny-val2017";
    if (!fs::exists(folder)) QSKIP("coco/tiny-val2017 is not here");
    int images = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".jpg") continue;
      const auto image = read_image(entry.path());
      QVERIFY2(image, problem(image).c_str());
      const int flags = image->channels == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
      QCOMPARE(difference(*image, as_image(cv::imread(entry.path().string(), flags))), "");
      ++images;
    }
    QCOMPARE(images, 50);
  }

  // The verdict of the official reader on each; a name that comes twice may be refused.
  void odd_safetensors() {
    const auto folder = data_ / "cases/odd-safetensors";
    if (!fs::exists(folder)) QSKIP("cases/odd-safetensors is not here");
    QFile said(QString::fromStdString((folder / "expected.json").string()));
    QVERIFY(said.open(QIODevice::ReadOnly));
    const auto verdicts = QJsonDocument::fromJson(said.readAll())
                              .object()["official reader (safetensors 0.8.0)"]
                              .toObject();
    QCOMPARE(verdicts.size(), 21);
    for (auto verdict = verdicts.begin(); verdict != verdicts.end(); ++verdict) {
      const auto path = folder / (verdict.key().toStdString() + ".safetensors");
      const auto file = SafetensorsFile::open(path);
      const bool opens = verdict.value().toString().startsWith("opens");
      if (verdict.key() == "duplicate-name") continue;
      QVERIFY2(file.has_value() == opens, (path.string() + ": " + problem(file)).c_str());
      if (!opens) QCOMPARE(file.error().where, path.string());
      if (opens)
        QCOMPARE(QString("opens: %1 tensors").arg(file->tensors().size()),
                 verdict.value().toString());
    }
  }

  void resnet_weights() {
    const auto path = data_ / "cifar10/resnet20.safetensors";
    if (!fs::exists(path)) QSKIP("cifar10/resnet20.safetensors is not here");
    const auto file = SafetensorsFile::open(path);
    QVERIFY2(file, problem(file).c_str());
    const TensorView* weight = file->find("conv1.weight");
    QVERIFY(weight != nullptr);
    QCOMPARE(weight->dtype, Dtype::f32);
    QCOMPARE(weight->shape, (std::vector<std::int64_t>{16, 3, 3, 3}));
    const TensorView* bias = file->find("linear.bias");
    QVERIFY(bias != nullptr);
    QCOMPARE(bias->data.size(), std::size_t{40});
  }

 private:
  fs::path data_;
};

int run_real_data(int argc, char** argv) {
  TestRealData test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_real_data.moc"

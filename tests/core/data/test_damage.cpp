#include <QtTest>

#include "core/data/dataset_scan.h"
#include "core/data/npy.h"
#include "core/data/safetensors.h"
#include "encoders.h"

using namespace plumbline;

namespace {

QByteArray damage_row(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())};
}

Bytes prefix(const Bytes& bytes, std::size_t length) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)};
}

bool is_whole(const Image& image) {
  return image.width > 0 && image.height > 0 && (image.channels == 1 || image.channels == 3) &&
         image.pixels.size() == static_cast<std::size_t>(image.width) *
                                    static_cast<std::size_t>(image.height) *
                                    static_cast<std::size_t>(image.channels);
}

Bytes npy_bytes() {
  std::string header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
  header.resize(117, ' ');
  Bytes bytes = bytes_of(std::string("\x93NUMPY\1\0\x76\0", 10) + header + '\n');
  const Bytes values = random_values(24, 5);
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

Bytes safetensors_bytes(const TestFolder& folder) {
  const Bytes data = random_values(24, 6);
  const std::vector<TensorView> tensors{{"a", Dtype::f32, {2, 2}, as_bytes(data).first(16)},
                                        {"b", Dtype::i64, {1}, as_bytes(data).subspan(16, 8)}};
  const auto path = folder / "model.safetensors";
  if (!write_safetensors(path, {{"key", "value"}}, tensors)) return {};
  return file_bytes(path);
}

/// A reader of a file, as a function that says whether the file was taken.
using Reader = bool (*)(const std::filesystem::path&);
bool take_npy(const std::filesystem::path& path) {
  const auto array = read_npy(path);
  return array.has_value();
}
bool take_safetensors(const std::filesystem::path& path) {
  const auto file = SafetensorsFile::open(path);
  if (!file) return false;
  unsigned sum = 0;  // touches every byte that the views claim
  for (const auto& tensor : file->tensors()) {
    for (const std::byte byte : tensor.data) sum += std::to_integer<unsigned>(byte);
  }
  return sum < ~0u;
}
bool take_idx(const std::filesystem::path& path) { return scan_idx(path, {}, {}).has_value(); }
bool take_cifar10(const std::filesystem::path& path) {
  return scan_cifar10({path}, {}).has_value();
}

}  // namespace

Q_DECLARE_METATYPE(Reader)

class TestDamage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void images_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("strict");  // every cut is an error
    JpegOptions progressive, restarts, oriented;
    progressive.progressive = true;
    restarts.restart_interval = 1;
    oriented.orientation = 5;
    const cv::Mat colour = picture(23, 17, CV_8UC3), grey = picture(23, 17, CV_8UC1);
    QTest::newRow("jpeg") << damage_row(encode_jpeg(colour, {})) << true;
    QTest::newRow("jpeg grey") << damage_row(encode_jpeg(grey, {})) << true;
    QTest::newRow("jpeg progressive") << damage_row(encode_jpeg(colour, progressive)) << true;
    QTest::newRow("jpeg restarts") << damage_row(encode_jpeg(colour, restarts)) << true;
    QTest::newRow("jpeg oriented") << damage_row(encode_jpeg(colour, oriented)) << true;
    QTest::newRow("png") << damage_row(encode_png(colour, {2, 8, false, false, 0})) << true;
    QTest::newRow("png interlaced") << damage_row(encode_png(grey, {0, 8, true, true, 3})) << true;
    QTest::newRow("bmp") << damage_row(encode_other(colour, ".bmp")) << false;
    QTest::newRow("tiff") << damage_row(encode_other(colour, ".tiff")) << false;
    QTest::newRow("webp") << damage_row(encode_other(colour, ".webp")) << false;
    QTest::newRow("ppm") << damage_row(encode_other(colour, ".ppm")) << false;
  }
  void images() {
    QFETCH(QByteArray, content);
    QFETCH(bool, strict);
    const Bytes whole(content.begin(), content.end());
    const auto expected = decode_image(as_bytes(whole), "x");
    QVERIFY(expected);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto image = decode_image(as_bytes(prefix(whole, length)), "x");
      if (image) {
        // No pixel may be missing: of a JPEG nothing but its end marker, which is said.
        const bool same = image->facts.without_end && image->pixels == expected->pixels;
        QVERIFY2(!strict || same, qPrintable(QString("%1 bytes are taken").arg(length)));
        QVERIFY(is_whole(*image));
      }
      if (strict && !image) QVERIFY(!decode_image(as_bytes(prefix(whole, length)), "x", 1));
    }
    std::mt19937 generator(7);
    for (int i = 0; i < 3000; ++i) {
      const Bytes bytes = mutated(whole, generator);
      const auto image = decode_image(as_bytes(bytes), "x", i % 2);
      if (image) {
        QVERIFY(is_whole(*image));
      } else {
        QVERIFY(!image.error().message.empty());
        QCOMPARE(image.error().kind, ErrorKind::bad_input);
      }
    }
  }

  void files_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<Reader>("take");
    TestFolder folder;
    const Bytes idx = idx_bytes(0x803, {6, 4, 5}, random_values(120, 8));
    const Bytes colour = idx_bytes(0x804, {2, 4, 5, 3}, random_values(120, 8));
    QTest::newRow("npy") << damage_row(npy_bytes()) << Reader{take_npy};
    QTest::newRow("safetensors") << damage_row(safetensors_bytes(folder))
                                 << Reader{take_safetensors};
    QTest::newRow("idx") << damage_row(idx) << Reader{take_idx};
    QTest::newRow("idx colour") << damage_row(colour) << Reader{take_idx};
    QTest::newRow("idx gzip") << damage_row(gzip(idx)) << Reader{take_idx};
    Bytes cifar = random_values(2 * 3073, 9);
    cifar[0] = cifar[3073] = 3;
    QTest::newRow("cifar10") << damage_row(prefix(cifar, 3073)) << Reader{take_cifar10};
  }
  void files() {
    QFETCH(QByteArray, content);
    QFETCH(Reader, take);
    TestFolder folder;
    const Bytes whole(content.begin(), content.end());
    QVERIFY(take(write_file(folder / "whole", whole)));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      QVERIFY2(!take(write_file(folder / "cut", prefix(whole, length))),
               qPrintable(QString("%1 bytes are taken").arg(length)));
    }
    for (const std::size_t more : {1, 2, 100}) {
      Bytes longer = whole;
      longer.insert(longer.end(), more, 0);
      QVERIFY2(!take(write_file(folder / "long", longer)), "bytes behind the end are taken");
    }
    std::mt19937 generator(11);
    int refused = 0;
    for (int i = 0; i < 3000; ++i) {
      refused += take(write_file(folder / "mutated", mutated(whole, generator))) ? 0 : 1;
    }
    QVERIFY(refused > 0);
  }
};

int run_damage(int argc, char** argv) {
  TestDamage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_damage.moc"

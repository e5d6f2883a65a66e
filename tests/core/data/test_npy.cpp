#include <QtTest>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/data/npy.h"
#include "test_files.h"

using namespace plumbline;

namespace {

/// A file as NumPy writes it.
Bytes npy(int version, std::string header, const Bytes& values) {
  header += '\n';
  Bytes bytes = bytes_of("\x93NUMPY");
  bytes.push_back(static_cast<std::uint8_t>(version));
  bytes.push_back(0);
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) {
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  }
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), values.begin(), values.end());
  return bytes;
}

std::string header(const std::string& type, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}

template <class T>
Bytes little_endian(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class T>
Bytes big_endian(const std::vector<T>& values) {
  Bytes bytes = little_endian(values);
  for (std::size_t i = 0; i < bytes.size(); i += sizeof(T))
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
  return bytes;
}

QByteArray npy_row(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())};
}

Result<NpyArray> read(const Bytes& bytes) {
  TestFolder folder;
  return read_npy(write_file(folder / "a.npy", bytes));
}

}  // namespace

class TestNpy : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void types_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("values");
    QTest::addColumn<QList<double>>("expected");
    const auto add = [](const char* type, const Bytes& values, const QList<double>& expected) {
      QTest::addRow("%s", type) << QString(type) << npy_row(values) << expected;
    };
    add("<f4", little_endian<float>({0.1f, -2, 3e38f}), {double{0.1f}, -2, double{3e38f}});
    add("<f8", little_endian<double>({0.1, -2, 1e30}), {0.1, -2, 1e30});
    add(">f8", big_endian<double>({0.1, -2, 1e30}), {0.1, -2, 1e30});
    add(">i2", big_endian<std::int16_t>({-32768, 1, 32767}), {-32768, 1, 32767});
    add("|i1", little_endian<std::int8_t>({-128, 0, 127}), {-128, 0, 127});
    add("|u1", little_endian<std::uint8_t>({0, 128, 255}), {0, 128, 255});
    add("<i2", little_endian<std::int16_t>({-32768, 1, 32767}), {-32768, 1, 32767});
    add("<u2", little_endian<std::uint16_t>({0, 1, 65535}), {0, 1, 65535});
    add("<i4", little_endian<std::int32_t>({-5, 1 << 24, 7}), {-5, 1 << 24, 7});
    add("<u4", little_endian<std::uint32_t>({5, 1u << 31, 7}), {5, 2147483648.0, 7});
    add("<i8", little_endian<std::int64_t>({-5, 1LL << 40, 7}), {-5, 1099511627776.0, 7});
    add("<u8", little_endian<std::uint64_t>({5, 1ULL << 63, 7}), {5, 9223372036854775808.0, 7});
    // 1, −2, the largest, the smallest normal, the smallest, −0.
    add("<f2",
        little_endian<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000, 0x3555}),
        {1, -2, 65504, 6.103515625e-05f, 5.9604644775390625e-08f, -0.f, 0.333251953125f});
  }
  void types() {
    QFETCH(QString, type);
    QFETCH(QByteArray, values);
    QFETCH(QList<double>, expected);
    const Bytes content(values.begin(), values.end());
    const auto shape = "(" + std::to_string(expected.size()) + ",)";
    for (const int version : {1, 2, 3}) {
      const auto array = read(npy(version, header(type.toStdString(), shape), content));
      QVERIFY2(array, problem(array).c_str());
      QCOMPARE(array->shape, std::vector<std::int64_t>{expected.size()});
      QCOMPARE(QList<double>(array->values.begin(), array->values.end()), expected);
    }
  }

  void half_infinity_and_nan() {
    const auto array =
        read(npy(1, header("<f2", "(3,)"), little_endian<std::uint16_t>({0x7C00, 0xFC00, 0x7E00})));
    QVERIFY(array);
    QCOMPARE(array->values[0], std::numeric_limits<double>::infinity());
    QCOMPARE(array->values[1], -std::numeric_limits<double>::infinity());
    QVERIFY(std::isnan(array->values[2]));
  }

  void fortran_order() {
    // a[i][j][k] = 100 i + 10 j + k, first index fastest.
    std::vector<float> stored, expected;
    for (int k = 0; k < 4; ++k) {
      for (int j = 0; j < 3; ++j) {
        for (int i = 0; i < 2; ++i) stored.push_back(static_cast<float>(100 * i + 10 * j + k));
      }
    }
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 3; ++j) {
        for (int k = 0; k < 4; ++k) expected.push_back(static_cast<float>(100 * i + 10 * j + k));
      }
    }
    const auto array = read(npy(1, header("<f4", "(2, 3, 4)", true), little_endian(stored)));
    QVERIFY2(array, problem(array).c_str());
    QCOMPARE(array->shape, (std::vector<std::int64_t>{2, 3, 4}));
    QCOMPARE(array->values, std::vector<double>(expected.begin(), expected.end()));
  }

  void shapes_data() {
    QTest::addColumn<QString>("shape");
    QTest::addColumn<int>("values");
    QTest::addColumn<int>("dimensions");
    QTest::newRow("scalar") << "()" << 1 << 0;
    QTest::newRow("none") << "(0,)" << 0 << 1;
    QTest::newRow("rows of nothing") << "(5, 0)" << 0 << 2;
    QTest::newRow("Python 2") << "(2L, 3L)" << 6 << 2;
  }
  void shapes() {
    QFETCH(QString, shape);
    QFETCH(int, values);
    QFETCH(int, dimensions);
    const Bytes content(static_cast<std::size_t>(values) * 4);
    for (const bool fortran : {false, true}) {
      const auto array = read(npy(1, header("<f4", shape.toStdString(), fortran), content));
      QVERIFY2(array, problem(array).c_str());
      QCOMPARE(static_cast<int>(array->values.size()), values);
      QCOMPARE(static_cast<int>(array->shape.size()), dimensions);
    }
  }

  void larger_than_a_piece() {
    std::vector<double> values(400'003);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
    const auto array = read(npy(1, header("<f8", "(400003,)"), little_endian(values)));
    QVERIFY(array);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (array->values[i] != static_cast<double>(i)) QFAIL("a value is in another place");
    }
  }

  void wrong_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const Bytes four(16);
    const auto add = [](const char* name, const Bytes& bytes, const char* message) {
      QTest::newRow(name) << npy_row(bytes) << QString(message);
    };
    add("nothing", {}, "too short");
    add("another format", bytes_of("GK\3\4 is the beginning of a zip file"), "not an npy file");
    add("version", npy(4, header("<f4", "(4,)"), four), "version 4");
    add("objects", npy(1, header("|O", "(4,)"), four), "pickled");
    add("archive", bytes_of("PK\3\4 is the beginning of a zip file"), ".npz");
    add("complex", npy(1, header("<c8", "(2,)"), four), "'<c8'");
    add("bool", npy(1, header("|b1", "(16,)"), four), "'|b1'");
    add("fields",
        npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", four),
        "fields");
    add("short", npy(1, header("<f4", "(5,)"), four), "cut off");
    add("long", npy(1, header("<f4", "(3,)"), four), "other bytes");
    add("overflow", npy(1, header("<f4", "(4611686018427387904, 4, 4)"), four), "too large");
    add("overflow of bytes", npy(1, header("<f8", "(4611686018427387904,)"), four), "too large");
    add("overflow of nothing", npy(1, header("<f4", "(9223372036854775807, 4, 0)"), {}),
        "too large");
    add("huge length", npy(1, header("<f4", "(99999999999999999999,)"), four), "damaged");
    add("negative", npy(1, header("<f4", "(-4,)"), four), "damaged");
    add("no shape", npy(1, "{'descr': '<f4', 'fortran_order': False}", four), "damaged");
    add("twice",
        npy(1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", four),
        "damaged");
    add("another key",
        npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", four), "damaged");
    add("code", npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2+2,)}", four),
        "damaged");
    Bytes claims = npy(2, header("<f4", "(4,)"), four);
    claims[11] = 0x7F;
    add("header length", claims, "cut off");
  }
  void wrong() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    const auto array = read(Bytes(content.begin(), content.end()));
    QVERIFY2(contains(problem(array), message.toStdString()), problem(array).c_str());
    QVERIFY(contains(array.error().where, "a.npy"));
  }
};

int run_npy(int argc, char** argv) {
  TestNpy test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_npy.moc"

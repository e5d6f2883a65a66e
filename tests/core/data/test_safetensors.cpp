#include <QtTest>

#include "core/data/safetensors.h"
#include "test_files.h"

using namespace plumbline;

namespace {

/// A file with that header, as it is, and that many bytes of data.
Bytes file_of(const std::string& header, std::size_t data_bytes) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

QByteArray row_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())};
}

}  // namespace

class TestSafetensors : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void round_trip() {
    TestFolder folder;
    const Bytes data = random_values(400, 1);
    const auto part = [&](std::size_t from, std::size_t count) {
      return as_bytes(data).subspan(from, count);
    };
    // Odd lengths before wide values: only another order on disk aligns them.
    const std::vector<TensorView> tensors{{"mask", Dtype::boolean, {3}, part(0, 3)},
                                          {"läbel \"x\"\n", Dtype::i64, {2, 1}, part(3, 16)},
                                          {"half", Dtype::f16, {5}, part(20, 10)},
                                          {"scalar", Dtype::f64, {}, part(40, 8)},
                                          {"none", Dtype::f32, {4, 0}, {}},
                                          {"weight", Dtype::f32, {2, 3, 2}, part(50, 48)},
                                          {"bf", Dtype::bf16, {1}, part(100, 2)},
                                          {"i32", Dtype::i32, {1}, part(102, 4)},
                                          {"i16", Dtype::i16, {1}, part(106, 2)},
                                          {"u16", Dtype::u16, {1}, part(108, 2)},
                                          {"u8", Dtype::u8, {1}, part(110, 1)}};
    const SafetensorsMetadata metadata{{"z", "first"}, {"a", "second \\ \"quoted\""}};
    const auto path = folder / "m.safetensors";
    const auto written = write_safetensors(path, metadata, tensors);
    QVERIFY2(written, problem(written).c_str());
    auto opened = SafetensorsFile::open(path);
    QVERIFY2(opened, problem(opened).c_str());
    const SafetensorsFile file = std::move(*opened);  // the views live on
    QCOMPARE(file.metadata(), metadata);
    QCOMPARE(file.tensors().size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const TensorView& tensor = file.tensors()[i];
      QCOMPARE(tensor.name, tensors[i].name);
      QCOMPARE(tensor.dtype, tensors[i].dtype);
      QCOMPARE(tensor.shape, tensors[i].shape);
      QVERIFY(std::equal(tensor.data.begin(), tensor.data.end(), tensors[i].data.begin(),
                         tensors[i].data.end()));
      QCOMPARE(reinterpret_cast<std::uintptr_t>(tensor.data.data()) % bytes_per_value(tensor.dtype),
               std::uintptr_t{0});
      QCOMPARE(file.find(tensors[i].name), &tensor);
    }
    QVERIFY(file.find("nobody") == nullptr);
    QVERIFY(file.find("") == nullptr);
    QCOMPARE(*file.find_metadata("a"), metadata[1].second);
    QVERIFY(file.find_metadata("b") == nullptr);

    QVERIFY(write_safetensors(folder / "again", metadata, tensors));
    QCOMPARE(file_bytes(folder / "again"), file_bytes(path));
    QCOMPARE(file_bytes(path)[0] % 8, 0);
  }

  // The bytes themselves, as the format's description has them.
  void exact_bytes() {
    TestFolder folder;
    const Bytes data{1, 0, 2, 0};
    const std::vector<TensorView> tensors{{"t", Dtype::i16, {2}, as_bytes(data)}};
    QVERIFY(write_safetensors(folder / "x", {}, tensors));
    const std::string header = "{\"t\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[0,4]}}  ";
    Bytes expected = file_of(header, 0);
    expected.insert(expected.end(), data.begin(), data.end());
    QCOMPARE(header.size(), std::size_t{56});
    QCOMPARE(file_bytes(folder / "x"), expected);
    QVERIFY(write_safetensors(folder / "empty", {}, {}));
    const auto empty = SafetensorsFile::open(folder / "empty");
    QVERIFY(empty);
    QVERIFY(empty->tensors().empty());
  }

  void what_cannot_be_written() {
    TestFolder folder;
    const Bytes data(8);
    const auto refused = [&](const SafetensorsMetadata& metadata, std::vector<TensorView> tensors,
                             std::string_view message) {
      const auto result = write_safetensors(folder / "x", metadata, tensors);
      return contains(problem(result), message) && !std::filesystem::exists(folder / "x");
    };
    const TensorView good{"a", Dtype::f32, {2}, as_bytes(data)};
    QVERIFY(refused({}, {good, good}, "twice"));
    QVERIFY(refused({}, {{"a", Dtype::f32, {3}, as_bytes(data)}}, "do not match"));
    QVERIFY(refused({}, {{"a", Dtype::f32, {-2}, as_bytes(data)}}, "do not match"));
    QVERIFY(refused({}, {{"__metadata__", Dtype::f32, {2}, as_bytes(data)}}, "twice"));
    QVERIFY(refused({}, {{"caf\xe9", Dtype::f32, {2}, as_bytes(data)}}, "UTF-8"));
    QVERIFY(refused({{"k", "1"}, {"k", "2"}}, {}, "twice"));
    QVERIFY(refused({{"k", "\xff"}}, {}, "UTF-8"));
  }

  void hostile_headers_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("message");
    const auto add = [](const char* name, const std::string& header, std::size_t data,
                        const char* message) {
      QTest::newRow(name) << row_of(file_of(header, data)) << QString(message);
    };
    const auto tensor = [](const std::string& name, const std::string& dtype,
                           const std::string& shape, const std::string& offsets) {
      return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape +
             "],\"data_offsets\":[" + offsets + "]}";
    };
    QTest::newRow("nothing") << QByteArray() << "too short";
    QTest::newRow("7 bytes") << QByteArray(7, '\0') << "too short";
    QTest::newRow("length beyond the file")
        << QByteArray("\x20\0\0\0\0\0\0\0{}", 10) << "claims 32";
    QTest::newRow("length of 2^64-1") << QByteArray(8, '\xff') + "{}" << "claims";
    add("no header", "", 0, "not a JSON object");
    add("a list", "[]", 0, "not a JSON object");
    add("a space first", " {}", 0, "not a JSON object");
    add("no JSON", "{\"a\":", 0, "not valid JSON");
    add("two objects", "{}{}", 0, "not valid JSON");
    add("not UTF-8", "{\"\xff\":1}", 0, "not valid JSON");
    add("a number", "{\"a\":1}", 0, "not expected");
    add("a string", "{\"a\":\"b\"}", 0, "not expected");
    add("deep", "{\"a\":{\"shape\":" + std::string(100'000, '['), 0, "not expected");
    add("metadata of numbers", "{\"__metadata__\":{\"a\":1}}", 0, "not expected");
    add("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice");
    add("metadata's key twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice");
    add("bytes without tensors", "{}", 4, "4 bytes follow");
    add("unknown type", "{" + tensor("a", "F33", "1", "0,8") + "}", 8, "F33");
    add("half a byte", "{" + tensor("a", "F4", "3", "0,2") + "}", 2, "whole bytes");
    add("metadata in metadata", "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "the metadata");
    add("metadata that is null and there", "{\"__metadata__\":null,\"__metadata__\":{}}", 0,
        "twice");
    add("missing shape", R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1, "missing");
    add("missing type", R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1, "missing");
    add("missing offsets", R"({"a":{"shape":[1],"dtype":"U8"}})", 1, "missing");
    add("one offset", "{" + tensor("a", "U8", "1", "1") + "}", 1, "missing");
    add("three offsets", "{" + tensor("a", "U8", "1", "0,1,2") + "}", 1, "more than two");
    add("shape twice", R"({"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", 1,
        "twice");
    add("unknown key", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":[]}})", 1,
        "unknown");
    add("negative length", "{" + tensor("a", "U8", "-1", "0,1") + "}", 1, "negative");
    add("fraction", "{" + tensor("a", "U8", "1.0", "0,1") + "}", 1, "fraction");
    add("number beyond 64 bits", "{" + tensor("a", "U8", "99999999999999999999", "0,1") + "}", 1,
        "fraction");
    add("number beyond 63 bits", "{" + tensor("a", "U8", "9223372036854775808", "0,1") + "}", 1,
        "too large");
    add("product overflows", "{" + tensor("a", "F64", "4294967296,4294967296,2", "0,8") + "}", 8,
        "too large");
    add("product wraps to fit",
        "{" + tensor("a", "U8", "4294967297,4294967297,18446744065119617025", "0,1") + "}", 1,
        "too large");
    add("shape does not match", "{" + tensor("a", "F32", "2", "0,4") + "}", 4, "do not match");
    add("offsets fall", "{" + tensor("a", "U8", "1", "1,0") + "}", 1, "do not match");
    add("beyond the end", "{" + tensor("a", "U8", "9", "0,9") + "}", 8, "cut off");
    add("rest behind the end", "{" + tensor("a", "U8", "7", "0,7") + "}", 8, "1 byte follows");
    add("a gap before", "{" + tensor("a", "U8", "1", "1,2") + "}", 2, "gap");
    add("a gap between",
        "{" + tensor("a", "U8", "1", "0,1") + "," + tensor("b", "U8", "1", "2,3") + "}", 3, "gap");
    add("overlap", "{" + tensor("a", "U8", "2", "0,2") + "," + tensor("b", "U8", "2", "1,3") + "}",
        3, "over another");
    add("a name twice",
        "{" + tensor("a", "U8", "1", "0,1") + "," + tensor("a", "U8", "1", "1,2") + "}", 2,
        "twice");
    std::string ones = "1";
    for (int i = 0; i < 40; ++i) ones += ",1";
    add("too many dimensions", "{" + tensor("a", "U8", ones, "0,1") + "}", 1, "dimensions");
  }
  void hostile_headers() {
    QFETCH(QByteArray, content);
    QFETCH(QString, message);
    TestFolder folder;
    const auto path = write_file(folder / "x.safetensors", Bytes(content.begin(), content.end()));
    const auto file = SafetensorsFile::open(path);
    QVERIFY2(contains(problem(file), message.toStdString()), problem(file).c_str());
    QCOMPARE(file.error().kind, ErrorKind::bad_input);
    QCOMPARE(file.error().where, path.string());
  }

  // Every type of the official reader: a file is not lost for a tensor that nobody asks for.
  void types_that_nobody_reads_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<int>("bytes");  // of 8 values
    for (const auto& [type, bytes] : {std::pair("I8", 8),
                                      {"U32", 32},
                                      {"U64", 64},
                                      {"C64", 64},
                                      {"F8_E4M3", 8},
                                      {"F8_E5M2", 8},
                                      {"F8_E8M0", 8},
                                      {"F8_E4M3FNUZ", 8},
                                      {"F8_E5M2FNUZ", 8},
                                      {"F6_E2M3", 6},
                                      {"F6_E3M2", 6},
                                      {"F4", 4}})
      QTest::newRow(type) << type << bytes;
  }
  void types_that_nobody_reads() {
    QFETCH(QString, type);
    QFETCH(int, bytes);
    TestFolder folder;
    const auto header = QString(R"({"__metadata__":null,"odd":{"dtype":"%1","shape":[2,4],)"
                                R"("data_offsets":[4,%2]},)"
                                R"("w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})")
                            .arg(type)
                            .arg(4 + bytes);
    const Bytes content = file_of(header.toStdString(), static_cast<std::size_t>(4 + bytes));
    const auto file = SafetensorsFile::open(write_file(folder / "x", content));
    QVERIFY2(file, problem(file).c_str());
    QVERIFY(file->metadata().empty());
    QCOMPARE(file->find("w")->data.size(), std::size_t{4});
    QCOMPARE(to_string(file->find("odd")->dtype), type.toStdString());
    QCOMPARE(file->find("odd")->data.size(), static_cast<std::size_t>(bytes));
  }

  void a_name_that_is_empty() {
    TestFolder folder;
    const Bytes bytes = file_of(R"({"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1);
    const auto file = SafetensorsFile::open(write_file(folder / "x", bytes));
    QVERIFY2(file, problem(file).c_str());
    QVERIFY(file->find("") != nullptr);
  }
};

int run_safetensors(int argc, char** argv) {
  TestSafetensors test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_safetensors.moc"

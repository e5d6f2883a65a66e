#include <QTemporaryDir>
#include <QtTest>

#include "core/data/compiled_package.h"
#include "tests/support/zip_writer.h"

using namespace plumbline;
using plumbline::test::ZipWriter;

namespace {

const QByteArray model_folder = "net/data/aotinductor/model/", library_bytes = "the library";

/// What a package for an H200 in bf16 says; `changes`: keys with other values, left out where null.
QByteArray metadata_with(const QVariantMap& changes = {}) {
  QJsonObject json{{"AOTI_DEVICE_KEY", "cuda"},          {"AOTI_MACHINE", "x86_64"},
                   {"AOTI_CPU_ISA", "AVX512"},           {"AOTI_COMPUTE_CAPABILITY", "90"},
                   {"PLUMBLINE_PRECISION", "bf16"},      {"PLUMBLINE_BATCH", "1:4096"},
                   {"PLUMBLINE_LAYOUT", "channels-last"}};
  for (auto change = changes.begin(); change != changes.end(); ++change)
    if (change.value().isNull())
      json.remove(change.key());
    else
      json[change.key()] = change.value().toString();
  return QJsonDocument(json).toJson();
}

ZipWriter packed_package(const QByteArray& metadata) {
  ZipWriter zip;
  zip.add("net/archive_format", "pt2");
  zip.add(model_folder + "a.wrapper.cpp", "source");
  zip.add(model_folder + "a.wrapper.so", library_bytes);
  zip.add(model_folder + "a.wrapper_metadata.json", metadata);
  zip.add(model_folder + "kernel.cubin", "kernel");
  return zip;
}

void add_model(ZipWriter& zip, const QByteArray& name, const QByteArray& library,
               const QByteArray& metadata) {
  const QByteArray folder = "net/data/aotinductor/" + name + "/";
  zip.add(folder + "a.wrapper.so", library);
  zip.add(folder + "a.wrapper_metadata.json", metadata);
}

QByteArray content_of(const std::filesystem::path& path) {
  QFile written(QString::fromStdString(path.string()));
  if (!written.open(QIODevice::ReadOnly)) qFatal("%s was not written", path.c_str());
  return written.readAll();
}

}  // namespace

class TestCompiledPackage : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void a_package_says_what_it_is_for() {
    const auto package = read(packed_package(metadata_with()).content());
    QVERIFY2(package, package ? "" : to_string(package.error()).c_str());
    QCOMPARE(package->device, std::string("cuda"));
    QCOMPARE(package->machine, std::string("x86_64"));
    QCOMPARE(package->instructions, std::string("AVX512"));
    QCOMPARE(package->capability, 90);
    QCOMPARE(package->precision, std::string("bf16"));
    QCOMPARE(package->models.size(), std::size_t{1});
    QCOMPARE(package->models[0].name, std::string("model"));
    QCOMPARE(package->models[0].least_batch, 1);
    QCOMPARE(package->models[0].most_batch, 4096);
    QVERIFY(package->channels_last);
    const auto fixed = read(packed_package(metadata_with({{"AOTI_DEVICE_KEY", "cpu"},
                                                          {"AOTI_COMPUTE_CAPABILITY", ""},
                                                          {"PLUMBLINE_BATCH", "8"},
                                                          {"PLUMBLINE_LAYOUT", "contiguous"}}))
                                .content());
    QVERIFY(fixed);
    QCOMPARE(fixed->models[0].least_batch, 8);
    QCOMPARE(fixed->models[0].most_batch, 8);
    QCOMPARE(fixed->capability, 0);
    QVERIFY(!fixed->channels_last);
  }

  void what_runs_is_unpacked() {
    QVERIFY(read(packed_package(metadata_with()).content()));
    const QTemporaryDir folder;
    const auto libraries = unpack_compiled_package(file(), folder.path().toStdString());
    QVERIFY2(libraries, libraries ? "" : to_string(libraries.error()).c_str());
    QCOMPARE(libraries->size(), std::size_t{1});
    QCOMPARE(content_of(libraries->front()), library_bytes);
    QCOMPARE(QDir(folder.filePath("0")).entryList(QDir::Files),
             (QStringList{"a.wrapper.so", "a.wrapper_metadata.json", "kernel.cubin"}));
  }

  void models_are_for_sizes_of_batches() {
    ZipWriter zip = packed_package(metadata_with());
    add_model(zip, "batch-1", "for one", metadata_with({{"PLUMBLINE_BATCH", "1"}}));
    add_model(zip, "batch-16", "for some", metadata_with({{"PLUMBLINE_BATCH", "16:32"}}));
    const auto package = read(zip.content());
    QVERIFY2(package, package ? "" : to_string(package.error()).c_str());
    std::vector<std::string> names;
    for (const CompiledModel& model : package->models) names.push_back(model.name);
    QCOMPARE(names, (std::vector<std::string>{"batch-1", "batch-16", "model"}));
    const std::pair<std::int64_t, std::size_t> chosen[] = {{1, 0},  {2, 2},  {15, 2},   {16, 1},
                                                           {32, 1}, {33, 2}, {4096, 2}, {5000, 2}};
    for (const auto& [batch, model] : chosen) QCOMPARE(package->model_for(batch), model);
    const QTemporaryDir folder;
    const auto libraries = unpack_compiled_package(file(), folder.path().toStdString());
    QVERIFY2(libraries, libraries ? "" : to_string(libraries.error()).c_str());
    QCOMPARE(libraries->size(), std::size_t{3});
    QCOMPARE(content_of((*libraries)[0]), QByteArray("for one"));
    QCOMPARE(content_of((*libraries)[1]), QByteArray("for some"));
    QCOMPARE(content_of((*libraries)[2]), library_bytes);
  }

  void a_batch_that_no_model_takes_is_filled_or_split() {
    CompiledPackage package;
    package.models = {{"two", 2, 2}, {"eight", 8, 8}};
    const std::pair<std::int64_t, std::size_t> chosen[] = {{1, 0}, {2, 0}, {3, 1}, {8, 1}, {9, 1}};
    for (const auto& [batch, model] : chosen) QCOMPARE(package.model_for(batch), model);
  }

  void what_is_wrong_is_named_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("named");
    const auto says = [](const char* key, const QVariant& value) {
      return packed_package(metadata_with({{key, value}})).content();
    };
    QTest::newRow("not for us") << says("PLUMBLINE_PRECISION", {}) << "PLUMBLINE_PRECISION";
    QTest::newRow("precision") << says("PLUMBLINE_PRECISION", "int8") << "PLUMBLINE_PRECISION";
    QTest::newRow("batch") << says("PLUMBLINE_BATCH", "8:4") << "PLUMBLINE_BATCH";
    QTest::newRow("batch of none") << says("PLUMBLINE_BATCH", "0") << "PLUMBLINE_BATCH";
    QTest::newRow("layout") << says("PLUMBLINE_LAYOUT", "odd") << "PLUMBLINE_LAYOUT";
    QTest::newRow("device") << says("AOTI_DEVICE_KEY", "xpu") << "AOTI_DEVICE_KEY";
    QTest::newRow("GPU") << says("AOTI_COMPUTE_CAPABILITY", "None") << "AOTI_COMPUTE_CAPABILITY";
    QTest::newRow("no JSON") << packed_package("{").content() << "JSON";
    const auto also = [](const QByteArray& name) {
      ZipWriter zip = packed_package(metadata_with());
      zip.add(name, "x");
      return zip.content();
    };
    QTest::newRow("leads out") << also(model_folder + "../../../../evil.so") << "leads out";
    QTest::newRow("absolute") << also("/etc/evil.so") << "leads out";
    QTest::newRow("backslash") << also("net\\..\\evil.so") << "leads out";
    QTest::newRow("twice") << also(model_folder + "a.wrapper.so") << "two entries";
    QTest::newRow("two libraries") << also(model_folder + "b.so") << "several libraries";
    QTest::newRow("a model that says nothing")
        << also("net/data/aotinductor/other/b.so") << "b_metadata.json";
    QTest::newRow("a model without code")
        << also("net/data/aotinductor/other/b.cpp") << "no compiled library";
    ZipWriter unlike = packed_package(metadata_with());
    add_model(unlike, "other", "x", metadata_with({{"PLUMBLINE_PRECISION", "fp16"}}));
    QTest::newRow("models unlike") << unlike.content() << "different devices, precisions";
    ZipWriter many = packed_package(metadata_with());
    for (int i = 0; i < 16; ++i) add_model(many, QByteArray::number(i), "x", metadata_with());
    QTest::newRow("too many models") << many.content() << "more than 16 models";
    QTest::newRow("no name") << also(model_folder + ".") << "under that name";
    QTest::newRow("long name") << also(model_folder + QByteArray(300, 'n')) << "under that name";
    QTest::newRow("weights beside") << also(model_folder + "a.blob") << "weights";
    QTest::newRow("weights elsewhere") << also("net/data/weights/weight_0") << "weights";
    ZipWriter exported;
    exported.add("net/archive_format", "pt2");
    exported.add("net/models/model.json", "{}");
    exported.add("net/data/weights/weight_0", "weights");
    QTest::newRow("torch.export") << exported.content() << "torch.export";
    ZipWriter bare;
    bare.add("net/archive_format", "pt2");
    bare.add(model_folder + "a.so", library_bytes);
    QTest::newRow("no metadata") << bare.content() << "a_metadata.json";
    ZipWriter compressed = packed_package(metadata_with());
    compressed.packed = 10;
    compressed.unpacked = qint64{1} << 40;
    compressed.add(model_folder + "huge.cubin");
    QTest::newRow("unpacks to much") << compressed.content() << "compressed";
    QTest::newRow("cut off") << packed_package(metadata_with()).content().chopped(9) << "cut off";
  }
  void what_is_wrong_is_named() {
    QFETCH(QByteArray, content);
    QFETCH(QString, named);
    const auto package = read(content);
    QVERIFY(!package);
    const auto text = QString::fromStdString(to_string(package.error()));
    QVERIFY2(text.contains(named) && text.contains("net.pt2"), qPrintable(text));
    const QTemporaryDir folder;
    const auto unpacked = unpack_compiled_package(file(), folder.path().toStdString());
    if (named == "leads out") QVERIFY(!unpacked && QDir(folder.path()).isEmpty());
  }

  // What an entry is called in the directory is not what stands before its bytes.
  void headers_that_differ_are_refused() {
    QByteArray content = packed_package(metadata_with()).content();
    const auto first = content.indexOf("a.wrapper.so");
    content.replace(first, 12, "b.wrapper.so");
    QVERIFY(read(content));  // the metadata are whole
    const QTemporaryDir folder;
    const auto libraries = unpack_compiled_package(file(), folder.path().toStdString());
    QVERIFY(!libraries);
    QVERIFY(libraries.error().message.find("another name") != std::string::npos);
  }

 private:
  Result<CompiledPackage> read(const QByteArray& content) {
    QFile written(QString::fromStdString(file().string()));
    if (!written.open(QIODevice::WriteOnly) || written.write(content) != content.size())
      qFatal("a package cannot be written");
    written.close();
    return read_compiled_package(file());
  }
  std::filesystem::path file() const { return folder_.filePath("net.pt2").toStdString(); }

  QTemporaryDir folder_;
};

int run_compiled_package(int argc, char** argv) {
  TestCompiledPackage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_compiled_package.moc"

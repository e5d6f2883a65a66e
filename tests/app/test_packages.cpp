#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "core/confinement/confinement.h"
#include "tests/app/engine_process.h"
#include "tests/app/tests.h"
#include "tests/support/zip_writer.h"

namespace plumbline::test {

namespace {

const QByteArray untouched(64, 'v');

/// Two classes of images, the same network as TorchScript and as a package, and a file of the user
/// that nobody may touch.
class PackageFolder {
 public:
  PackageFolder() {
    write_file(path("victim"), untouched);
    int level = 20;
    for (const char* name : {"a/1", "a/2", "a/3", "b/1", "b/2"}) {
      QDir(folder_.path()).mkpath("images/" + QString(name).section('/', 0, 0));
      QImage image(8, 8, QImage::Format_RGB888);
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x)
          image.setPixel(x, y, qRgb(level + 9 * x, 255 - level - 3 * y, 7 * x * y % 256));
      level += 45;
      image.save(path(("images/" + QByteArray(name) + ".png").constData()));
    }
    QProcess::execute(PLUMBLINE_HOSTILE_MODELS, {folder_.path(), path("victim")});
    qputenv("PLUMBLINE_VICTIM", path("victim").toUtf8());
  }
  ~PackageFolder() {
    qunsetenv("PLUMBLINE_VICTIM");
    qunsetenv("PLUMBLINE_ONLY_BATCH");
  }

  /// NAME.pt2 and its card. `library`: harmless, hostile, or bytes that are none. `others`: further
  /// models of the same library, by name the sizes of their batches.
  void add_package(const char* name, const QByteArray& library = "harmless",
                   const QVariantMap& says = {}, const QVariantMap& others = {}) const {
    QJsonObject metadata{{"AOTI_DEVICE_KEY", "cpu"},
                         {"AOTI_COMPUTE_CAPABILITY", ""},
                         {"PLUMBLINE_PRECISION", "fp32"},
                         {"PLUMBLINE_BATCH", "1:64"},
                         {"PLUMBLINE_LAYOUT", "channels-last"}};
    for (auto entry = says.begin(); entry != says.end(); ++entry)
      metadata[entry.key()] = entry.value().toString();
    const QString file =
        QString(PLUMBLINE_COMPILED_NETWORKS "/lib%1_compiled_network.so").arg(QString(library));
    ZipWriter zip;
    zip.add(QByteArray(name) + "/archive_format", "pt2");
    const auto add_model = [&](const QByteArray& model) {
      const QByteArray place = QByteArray(name) + "/data/aotinductor/" + model + "/n.wrapper";
      zip.add(place + ".so", QFile::exists(file) ? read_file(file) : library);
      zip.add(place + "_metadata.json", QJsonDocument(metadata).toJson());
    };
    add_model("model");
    for (auto other = others.begin(); other != others.end(); ++other) {
      metadata["PLUMBLINE_BATCH"] = other.value().toString();
      add_model(other.key().toUtf8());
    }
    write_file(path((QByteArray(name) + ".pt2").constData()), zip.content());
    write_file(path((QByteArray(name) + ".card.json").constData()),
               read_file(path("harmless.card.json")));
  }

  QString path(const char* name) const { return folder_.filePath(name); }
  QString study() const { return path("s.plumb"); }
  QStringList import_of(const char* file) const {
    return {"import", "model",   study(), "--name", QString(file).section('.', 0, 0),
            "--file", path(file)};
  }
  void import_images() const {
    const auto imported =
        engine({"import", "dataset", study(), "--name", "d", "--format", "image-folder", "--images",
                path("images"), "--split", "test", "--quiet"});
    if (imported.exit_code != 0) qFatal("%s", imported.err.constData());
  }
  QStringList run_of(const char* models, const char* name, const char* batch = "3") const {
    return {"run",    study(), "--dataset", "d",   "--split", "test",    "--models", models,
            "--name", name,    "--device",  "cpu", "--quiet", "--batch", batch};
  }
  /// What the run's voters said, by voter and sample: their classes and confidences.
  QMap<QByteArray, QList<QByteArray>> said(const char* run) const {
    const QString file = path("said.csv");
    const auto made =
        engine({"export", study(), "--run", run, "--what", "predictions", "-o", file});
    if (made.exit_code != 0) qFatal("%s", made.err.constData());
    const auto lines = read_file(file).split('\n');
    const auto heads = lines.front().split(',');
    QMap<QByteArray, QList<QByteArray>> votes;
    for (int i = 1; i + 1 < lines.size(); ++i) {
      const auto cells = lines[i].split(',');
      votes[cells[heads.indexOf("model")]] << cells[heads.indexOf("class")]
                                           << cells[heads.indexOf("confidence")];
    }
    return votes;
  }
  bool victim_is_whole() const { return read_file(path("victim")) == untouched; }
  /// What a package was unpacked to and left.
  QStringList left_over() const {
    return QDir(study() + "/cache").entryList({"pt2-*"}, QDir::AllEntries);
  }

 private:
  QTemporaryDir folder_;
};

#define EXPECT_EXIT(outcome, code) \
  QVERIFY2((outcome).exit_code == (code), ((outcome).out + (outcome).err).constData())

void compare_votes(const QMap<QByteArray, QList<QByteArray>>& said, const char* a, const char* b) {
  const auto x = said[a], y = said[b];
  QCOMPARE(x.size(), 10);
  QCOMPARE(y.size(), 10);
  for (int i = 0; i < x.size(); i += 2) {
    QCOMPARE(x[i], y[i]);
    QVERIFY(std::abs(x[i + 1].toDouble() - y[i + 1].toDouble()) < 1e-5);
  }
}

}  // namespace

void TestPackages::a_package_needs_trust() {
  const PackageFolder folder;
  folder.add_package("net");
  folder.add_package("hostile", "hostile");
  for (const char* file : {"net.pt2", "hostile.pt2"}) {
    const auto refused = engine(folder.import_of(file));
    EXPECT_EXIT(refused, 3);
    QVERIFY2(refused.err.contains(".pt2 package") && refused.err.contains("--trust") &&
                 refused.err.contains(file),
             refused.err.constData());
    QVERIFY(!QDir(folder.study()).exists());
  }
  QVERIFY(folder.victim_is_whole());
}

void TestPackages::figures_equal_those_of_torchscript() {
  const PackageFolder folder;
  folder.add_package("net");
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("harmless.pt")), 0);
  const auto imported = engine(folder.import_of("net.pt2") << "--trust");
  EXPECT_EXIT(imported, 0);
  QVERIFY2(imported.out.contains(".pt2 for cpu in fp32"), imported.out.constData());
  // Whom the user trusts is known from then on.
  EXPECT_EXIT(engine(folder.run_of("harmless,net", "r")), 0);
  compare_votes(folder.said("r"), "harmless", "net");
  QCOMPARE(folder.left_over(), QStringList());
  const auto explained =
      engine({"explain", folder.study(), "--run", "r", "--sample", "0", "--voter", "net:identity",
              "--device", "cpu", "-o", folder.path("why.npy")});
  EXPECT_EXIT(explained, 0);
}

void TestPackages::trust_is_of_one_file() {
  const PackageFolder folder;
  folder.add_package("net");
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  // A study that was made elsewhere has no word of this user.
  const QString trusted = folder.study() + "/trusted";
  const QByteArray record = read_file(trusted);
  QVERIFY(!record.isEmpty());
  write_file(trusted, QByteArray(record).replace(33, 4, "0000"));
  const auto unknown = engine(folder.run_of("net", "r"));
  EXPECT_EXIT(unknown, 3);
  QVERIFY2(unknown.err.contains("--trust"), unknown.err.constData());
  EXPECT_EXIT(engine(folder.run_of("net", "r") << "--trust" << "--resume"), 0);
  write_file(trusted, record);
  EXPECT_EXIT(engine(folder.run_of("net", "again")), 0);
  // Another file in its place is not what was trusted.
  folder.add_package("net", "hostile");
  for (const QStringList& more : {QStringList(), QStringList{"--trust"}}) {
    const auto changed =
        engine(folder.run_of("net", "changed") + QStringList{"--precision", "fp32", "--resume"} +
               QStringList{"--views", "flip_x"} + more);
    EXPECT_EXIT(changed, 3);
    QVERIFY2(changed.err.contains("changed since it was imported"), changed.err.constData());
  }
  QVERIFY(folder.victim_is_whole());
}

void TestPackages::its_code_is_confined() {
  if (!available_confinement().files) QSKIP("this kernel has no Landlock");
  const PackageFolder folder;
  folder.add_package("net", "hostile");
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  QVERIFY(folder.victim_is_whole());
  EXPECT_EXIT(engine(folder.run_of("net", "r")), 0);
  QVERIFY(folder.victim_is_whole());
}

void TestPackages::what_does_not_fit_is_named_data() {
  QTest::addColumn<QByteArray>("library");
  QTest::addColumn<QVariantMap>("says");
  QTest::addColumn<QByteArray>("named");
  QTest::newRow("no library") << QByteArray("no library at all") << QVariantMap()
                              << QByteArray("cannot be loaded");
  QTest::newRow("another processor")
      << QByteArray("harmless") << QVariantMap{{"AOTI_MACHINE", "riscv64"}}
      << QByteArray("compiled for riscv64");
  QTest::newRow("says too little")
      << QByteArray("harmless") << QVariantMap{{"PLUMBLINE_LAYOUT", "?"}}
      << QByteArray("PLUMBLINE_LAYOUT");
  QTest::newRow("another batch") << QByteArray("harmless")
                                 << QVariantMap{{"PLUMBLINE_BATCH", "0:8"}}
                                 << QByteArray("PLUMBLINE_BATCH");
}

void TestPackages::what_does_not_fit_is_named() {
  QFETCH(QByteArray, library);
  QFETCH(QVariantMap, says);
  QFETCH(QByteArray, named);
  const PackageFolder folder;
  folder.add_package("net", library, says);
  const auto refused = engine(folder.import_of("net.pt2") << "--trust");
  EXPECT_EXIT(refused, 3);
  QVERIFY2(refused.err.contains(named) && refused.err.contains("net.pt2"), refused.err.constData());
  QVERIFY(!QDir(folder.study()).exists());
}

void TestPackages::a_package_for_a_gpu_needs_one() {
  if (QFile::exists("/dev/nvidiactl"))
    QSKIP("here is a GPU: what is said without one is not tried");
  const PackageFolder folder;
  folder.add_package("net", "harmless",
                     {{"AOTI_DEVICE_KEY", "cuda"}, {"AOTI_COMPUTE_CAPABILITY", "90"}});
  const auto refused = engine(folder.import_of("net.pt2") << "--trust");
  EXPECT_EXIT(refused, 4);
  QVERIFY2(refused.err.contains("a GPU (sm_90)"), refused.err.constData());
}

void TestPackages::its_precision_is_compiled_into_it() {
  const PackageFolder folder;
  folder.add_package("net");
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  const auto refused = engine(folder.run_of("net", "r") << "--precision" << "bf16");
  EXPECT_EXIT(refused, 3);
  QVERIFY2(refused.err.contains("compute in fp32") && refused.err.contains("--precision fp32"),
           refused.err.constData());
}

void TestPackages::a_fixed_batch_is_filled_up() {
  const PackageFolder folder;
  folder.add_package("net", "harmless", {{"PLUMBLINE_BATCH", "2"}});
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("harmless.pt")), 0);
  qputenv("PLUMBLINE_ONLY_BATCH", "2");
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  EXPECT_EXIT(engine(folder.run_of("harmless,net", "r")), 0);
  compare_votes(folder.said("r"), "harmless", "net");
}

void TestPackages::a_batch_goes_to_the_model_for_it() {
  const PackageFolder folder;
  // Five images in batches of 2: two are as one model was compiled, the last is filled up for it.
  // The other one would fill them up to 8, which the network here refuses.
  folder.add_package("net", "harmless", {{"PLUMBLINE_BATCH", "8"}}, {{"batch-2", "2"}});
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("harmless.pt")), 0);
  // The check at import asks for other sizes, too.
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  qputenv("PLUMBLINE_ONLY_BATCH", "2");
  EXPECT_EXIT(engine(folder.run_of("harmless,net", "r", "2")), 0);
  compare_votes(folder.said("r"), "harmless", "net");
  QCOMPARE(folder.left_over(), QStringList());
}

// Whoever made a bundle does not say whom its user trusts.
void TestPackages::a_bundle_is_trusted_by_its_user() {
  const PackageFolder folder;
  folder.add_package("net");
  folder.import_images();
  EXPECT_EXIT(engine(folder.import_of("net.pt2") << "--trust"), 0);
  EXPECT_EXIT(engine(folder.run_of("net", "r")), 0);
  EXPECT_EXIT(engine({"decide", folder.study(), "--run", "r", "--policy", "mcp(t=0.5)", "--split",
                      "test", "--save", "one"}),
              0);
  const QString bundle = folder.path("one.plumbdecision"), out = folder.path("out.csv");
  EXPECT_EXIT(
      engine({"export", folder.study(), "--decision", "one", "--what", "deployment", "-o", bundle}),
      0);
  const QStringList images = {"--images", folder.path("images/a"), "-o", out, "--quiet"};
  EXPECT_EXIT(engine(QStringList{"apply", folder.study(), "--decision", "one"} + images), 0);
  const QByteArray verdicts = read_file(out);
  QFile::remove(out);
  const auto refused = engine(QStringList{"apply", bundle} + images);
  EXPECT_EXIT(refused, 3);
  QVERIFY2(refused.err.contains("--trust"), refused.err.constData());
  QVERIFY(!QFile::exists(out));
  EXPECT_EXIT(engine(QStringList{"apply", bundle, "--trust"} + images), 0);
  QCOMPARE(read_file(out), verdicts);
}

}  // namespace plumbline::test

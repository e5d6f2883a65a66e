#include <QtTest>

#include "app/engine/find_libtorch.h"
#include "tests/app/engine/tests.h"

namespace plumbline::test {

namespace {

void write(const QString& path, const QByteArray& text) {
  QDir().mkpath(QFileInfo(path).path());
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
    qFatal("cannot write %s", qPrintable(path));
}

QString found() {
  const auto torch = find_libtorch();
  return QString::fromStdString(torch ? torch->string() : to_string(torch.error()));
}

}  // namespace

QString TestFindLibtorch::path(const QString& name) const { return folder_->filePath(name); }

QString TestFindLibtorch::make_torch(const QString& name, const QByteArray& version) const {
  write(path(name + "/lib/libtorch_cpu.so"), "");
  write(path(name + "/version.py"),
        "from typing import Optional\n__version__ = '" + version + "'\n");
  return path(name);
}

void TestFindLibtorch::make_python(const QString& name, const QString& torch) const {
  write(path(name), "#!/bin/sh\necho '" + torch.toUtf8() + "'\n");
  QFile::setPermissions(path(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

/// A machine that has nothing.
void TestFindLibtorch::init() {
  folder_ = std::make_unique<QTemporaryDir>();
  QVERIFY(folder_->isValid());
  qunsetenv("PLUMBLINE_TORCH_DIR");
  qunsetenv("VIRTUAL_ENV");
  qputenv("HOME", path("home").toUtf8());
  qputenv("XDG_CACHE_HOME", path("cache").toUtf8());
  qputenv("PATH", path("bin with spaces").toUtf8());
}

void TestFindLibtorch::told_folder_is_used_or_refused() {
  const QString torch = make_torch("site-packages/torch");
  make_python("bin with spaces/python3", make_torch("other/torch"));
  qputenv("PLUMBLINE_TORCH_DIR", torch.toUtf8());
  QCOMPARE(found(), torch);
  qputenv("PLUMBLINE_TORCH_DIR", path("site-packages").toUtf8());
  QCOMPARE(found(), torch);
  qputenv("PLUMBLINE_TORCH_DIR", path("nothing").toUtf8());
  QVERIFY2(found().startsWith("PLUMBLINE_TORCH_DIR=" + path("nothing") + ": this folder has no"),
           qPrintable(found()));
  qputenv("PLUMBLINE_TORCH_DIR", make_torch("old", "2.1.1").toUtf8());
  QVERIFY2(found().contains("is version 2.1.1"), qPrintable(found()));
}

void TestFindLibtorch::order_is_kept() {
  const QString cached = make_torch("cache/plumbline/env-b/lib/python3.11/site-packages/torch");
  make_torch("cache/plumbline/env-a/lib/python3.11/site-packages/torch", "2.10.0");
  make_torch("cache/plumbline/other/lib/python3.11/site-packages/torch");
  QCOMPARE(found(), cached);
  make_python("bin with spaces/python", make_torch("of python"));
  QCOMPARE(found(), path("of python"));
  make_python("bin with spaces/python3", make_torch("of python3"));
  QCOMPARE(found(), path("of python3"));
  make_python("environment/bin/python", make_torch("of environment"));
  qputenv("VIRTUAL_ENV", path("environment").toUtf8());
  QCOMPARE(found(), path("of environment"));
  // One of another version is passed over, since nobody asked for it.
  make_torch("of environment", "2.12.0");
  QCOMPARE(found(), path("of python3"));
}

void TestFindLibtorch::version_is_read_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<QByteArray>("text");
  QTest::addColumn<QString>("fault");  // empty where the folder will do
  const auto row = [](const char* name, const char* file, const QByteArray& text,
                      const char* fault) { QTest::newRow(name) << file << text << fault; };
  row("package", "torch/version.py", "__version__ = '2.11.3+cu130'\n", "");
  row("archive", "torch/build-version", "2.11.0+cpu\n", "");
  row("record", "torch-2.11.0.dist-info/METADATA", "", "");
  row("older package", "torch/version.py", "__version__ = '2.1.11'\n", "is version 2.1.11");
  row("older archive", "torch/build-version", "2.9.1\n", "is version 2.9.1");
  row("older record", "torch-1.13.1.dist-info/METADATA", "", "is version 1.13.1");
  row("none", "torch/else", "", "does not say its version");
  row("cut off", "torch/version.py", "__version__ = '2.11", "is version 2.11");
  row("long", "torch/version.py", QByteArray(100'000, ' ') + "__version__ = '2.11.0'\n",
      "does not say its version");
}

void TestFindLibtorch::version_is_read() {
  QFETCH(QString, file);
  QFETCH(QByteArray, text);
  QFETCH(QString, fault);
  write(path("site/torch/lib/libtorch_cpu.so"), "");
  write(path("site/" + file), text);
  qputenv("PLUMBLINE_TORCH_DIR", path("site/torch").toUtf8());
  if (fault.isEmpty())
    QCOMPARE(found(), path("site/torch"));
  else
    QVERIFY2(found().contains(fault), qPrintable(found()));
}

void TestFindLibtorch::relative_path_is_not_searched() {
  make_python("here/python3", make_torch("torch"));
  const QString before = QDir::currentPath();
  QVERIFY(QDir::setCurrent(path("here")));
  qputenv("PATH", ".::" + path("bin").toUtf8());
  const QString answer = found();
  QDir::setCurrent(before);
  QVERIFY2(answer.contains("there is no python3 or python on PATH"), qPrintable(answer));
}

void TestFindLibtorch::message_names_what_was_looked_at() {
  write(path("bin with spaces/python3"), "not a program");
  make_python("bin with spaces/python", "");
  const auto torch = find_libtorch();
  QVERIFY(!torch);
  QCOMPARE(torch.error().kind, ErrorKind::device);
  for (const QString& word : {QStringLiteral("PLUMBLINE_TORCH_DIR is not set"),
                              path("bin with spaces/python3") + " does not answer",
                              path("bin with spaces/python") + " has no package torch",
                              "there is no " + path("cache/plumbline/env-*"),
                              QStringLiteral("pip install torch==2.11.0")})
    QVERIFY2(found().contains(word), qPrintable(found() + "\nis without " + word));
}

}  // namespace plumbline::test

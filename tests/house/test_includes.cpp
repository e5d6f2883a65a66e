#include <fstream>

#include <QtTest>

#include "tests/house/include_rules.h"
#include "tests/house/sources.h"
#include "tests/house/tests.h"

namespace plumbline::test {

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// A small house in order, to plant violations in.
void make_house(const fs::path& root) {
  write(root / "kernels/op.h", "#pragma once\n#include <ATen/core/Tensor.h>\n");
  write(root / "core/types/error.h", "#pragma once\n#include <string>\n");
  write(root / "core/data/image.h", "#include \"core/types/error.h\"\n");
  write(root / "core/data/opencv_module/module.cpp", "#include <opencv2/core.hpp>\n");
  write(root / "core/engine/engine.h", "#include \"core/types/error.h\"\n");
  write(root / "core/engine/network.h", "#include <torch/nn.h>\n#include \"kernels/op.h\"\n");
  write(root / "widgets/page.h", "#include <QWidget>\n#include \"core/data/image.h\"\n");
  write(root / "app/workbench/main.cpp", "#include \"widgets/page.h\"\n");
  write(root / "app/engine/main.h", "#include \"core/engine/network.h\"\n");
  write(root / "tests/core/data/test_image.cpp",
        "#include <QtTest>\n#include \"core/data/image.h\"\n#include \"help.h\"\n");
  write(root / "tests/core/data/help.h", "");
}

QString joined(const std::vector<std::string>& lines) {
  QString text;
  for (const auto& line : lines) text += "\n" + QString::fromStdString(line);
  return text;
}

}  // namespace

void TestIncludes::includes_are_parsed() {
  const auto includes = parse_includes(
      "#include \"a.h\"\n"
      "// #include \"not.h\"\n"
      "  #  include <b/c.h>  // why\n"
      "/* a block\n"
      "#include \"not.h\"\n"
      "*/\n"
      "const char* glob = \"a/*\";\n"
      "#include<d>\n"
      "\"#include <not>\"");
  QCOMPARE(includes.size(), std::size_t(3));
  QCOMPARE(includes[0].path, std::string("a.h"));
  QVERIFY(includes[0].quoted);
  QCOMPARE(includes[1].path, std::string("b/c.h"));
  QCOMPARE(includes[1].line, 3);
  QVERIFY(!includes[1].quoted);
  QCOMPARE(includes[2].path, std::string("d"));
  QCOMPARE(includes[2].line, 8);
}

void TestIncludes::house_is_kept() {
  int judged = 0;
  const auto violations = include_violations(PLUMBLINE_SOURCE_DIR, &judged);
  QVERIFY2(judged > 100, "the sources are not found");
  QVERIFY2(violations.empty(), qPrintable(joined(violations)));
}

void TestIncludes::planted_line_is_found_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<QString>("line");
  QTest::addColumn<QString>("reason");  // empty where the line is allowed
  const auto row = [](const char* file, const char* line, const char* reason) {
    QTest::newRow(qPrintable(QStringLiteral("%1 %2").arg(file, line))) << file << line << reason;
  };
  const char* qt = "Qt is for widgets/";
  row("core/types/a.h", "#include <QString>", qt);
  row("core/types/a.h", "#include <QtCore/QString>", qt);
  row("core/types/a.h", "#include <qglobal.h>", qt);
  row("core/engine/a.cpp", "#include <QObject>", qt);
  row("kernels/cuda/a.cu", "#include <QtGlobal>", qt);
  row("core/types/a.h", "#include <qcustomplot.h>", qt);
  row("app/engine/a.cpp", "#include <QCoreApplication>", qt);
  row("core/types/a.h", "#include <queue>", "");
  row("core/types/a.h", "#include <quadmath.h>", "");
  row("app/workbench/a.cpp", "#include <QApplication>", "");

  const char* torch = "LibTorch is for";
  row("core/data/a.cpp", "#include <torch/torch.h>", torch);
  row("core/types/a.h", "#include <c10/core/Device.h>", torch);
  row("widgets/a.cpp", "#include <ATen/ATen.h>", torch);
  row("widgets/a.cpp", "#include \"ATen/ATen.h\"", torch);
  row("app/workbench/a.cpp", "#include <torch/script.h>", torch);
  row("tests/core/data/a.cpp", "#include <torch/torch.h>", torch);
  row("core/engine/training/a.cpp", "#include <torch/torch.h>", "");
  row("app/engine/a.cpp", "#include <torch/torch.h>", "");
  row("tests/kernels/a.cpp", "#include <torch/torch.h>", "");

  row("core/data/a.cpp", "#include <opencv2/core.hpp>", "OpenCV is for");
  row("widgets/a.cpp", "#include <opencv2/imgcodecs.hpp>", "OpenCV is for");

  row("kernels/a.cpp", "#include \"core/types/error.h\"", "kernels/ only");
  row("core/data/a.cpp", "#include \"widgets/page.h\"", "core/ includes core/");
  row("core/data/a.cpp", "#include <widgets/page.h>", "core/ includes core/");
  row("core/data/a.cpp", "#include \"../../widgets/page.h\"", "core/ includes core/");
  row("core/data/a.cpp", "#include \"app/engine/main.h\"", "nothing outside app/");
  row("widgets/a.cpp", "#include \"app/engine/main.h\"", "nothing outside app/");
  row("widgets/a.cpp", "#include \"kernels/op.h\"", "widgets/ includes");
  row("widgets/a.cpp", "#include \"core/engine/network.h\"", "core/engine/ is for itself");
  row("core/data/a.cpp", "#include \"core/engine/network.h\"", "core/engine/ is for itself");
  row("app/workbench/a.cpp", "#include \"core/engine/network.h\"", "core/engine/ is for itself");
  row("app/workbench/a.cpp", "#include \"app/engine/main.h\"", "app/workbench/ does not");
  row("app/engine/a.cpp", "#include \"widgets/page.h\"", "without widgets");
  row("core/data/a.cpp", "#include \"tests/core/data/help.h\"", "nothing outside tests/");
  row("app/workbench/a.cpp", "#include \"core/engine/engine.h\"", "");
  row("core/engine/a.cpp", "#include \"kernels/op.h\"", "");
  row("tests/core/data/a.cpp", "#include \"core/engine/engine.h\"", "");

  row("core/data/a.cpp", "#include \"core/data/absent.h\"", "no such file");
  row("core/data/a.cpp", "#include \"image.h\"", "repository's root: core/data/image.h");
  row("core/data/a.cpp", "#include \"absent.h\"", "no such file");
}

void TestIncludes::planted_line_is_found() {
  QFETCH(QString, file);
  QFETCH(QString, line);
  QFETCH(QString, reason);
  const QTemporaryDir folder;
  QVERIFY(folder.isValid());
  const fs::path root = folder.path().toStdString();
  make_house(root);
  QVERIFY2(include_violations(root).empty(), qPrintable(joined(include_violations(root))));

  write(root / file.toStdString(), "#pragma once\n#include <vector>\n" + line.toStdString() + "\n");
  const auto violations = include_violations(root);
  if (reason.isEmpty()) {
    QVERIFY2(violations.empty(), qPrintable(joined(violations)));
    return;
  }
  QCOMPARE(violations.size(), std::size_t(1));
  const QString found = QString::fromStdString(violations[0]);
  QVERIFY2(found.startsWith(file + ":3: "), qPrintable(found));
  QVERIFY2(found.contains(reason), qPrintable(found));
}

void TestIncludes::torch_is_found_behind_a_header() {
  const QTemporaryDir folder;
  QVERIFY(folder.isValid());
  const fs::path root = folder.path().toStdString();
  make_house(root);
  // Allowed by the arrows, yet it would bring LibTorch into the workbench.
  write(root / "core/data/a.h", "#include \"core/data/b.h\"\n");
  write(root / "core/data/b.h", "#include \"core/data/a.h\"\n#include \"kernels/op.h\"\n");
  const auto violations = include_violations(root);
  QVERIFY2(!violations.empty(), "LibTorch behind two headers is not seen");
  for (const auto& violation : violations)
    QVERIFY2(QString::fromStdString(violation).contains("brings in LibTorch by"),
             violation.c_str());
}

}  // namespace plumbline::test

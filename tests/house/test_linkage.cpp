#include <QRegularExpression>
#include <QtTest>

#include "tests/house/needed_libraries.h"
#include "tests/house/tests.h"

namespace plumbline::test {

void TestLinkage::needed_is_parsed() {
  const QString output = QStringLiteral(
      "Dynamic section at offset 0x2d90 contains 30 entries:\n"
      "  Tag        Type                         Name/Value\n"
      " 0x0000000000000001 (NEEDED)             Shared library: [libplumbline_core.so]\n"
      " 0x0000000000000001 (NEEDED)             Shared library: [libstdc++.so.6]\n"
      " 0x000000000000000e (SONAME)             Library soname: [liba.so]\n"
      " 0x000000000000001d (RUNPATH)            Library runpath: [$ORIGIN/../lib]\n");
  QCOMPARE(parse_needed(output), QStringList({"libplumbline_core.so", "libstdc++.so.6"}));
  QVERIFY(parse_needed("There is no dynamic section in this file.").isEmpty());
}

void TestLinkage::built_files_need_only_what_they_may_data() {
  QTest::addColumn<QString>("file");
  QTest::addColumn<QString>("never");   // a pattern; empty: nothing is forbidden
  QTest::addColumn<QString>("always");  // a control: what a working check must see
  const QString torch = "^lib(torch|c10|caffe2)|^libcud|^libnv";
  const QString qt = "^libQt|^libqcustomplot|^libQCustomPlot";
  const QString opencv = "^libopencv";
  const auto any = [](const QStringList& patterns) { return patterns.join('|'); };
  QTest::newRow("the workbench") << "plumbline" << any({torch, opencv, "^libplumbline_engine"})
                                 << "^libQt6Widgets";
  QTest::newRow("the headless program, which loads the engine when a command needs it")
      << "plumbline-engine" << any({torch, qt, opencv, "^libplumbline_(engine|kernels)"})
      << "^libplumbline_core";
  QTest::newRow("core") << "libplumbline_core.so" << any({torch, qt, opencv}) << "^libsqlite3";
  QTest::newRow("images") << "libplumbline_images.so" << any({torch, qt, "^libopencv_highgui"})
                          << opencv;
  QTest::newRow("engine") << "libplumbline_engine.so" << any({qt, opencv}) << "^libtorch_cpu";
  QTest::newRow("kernels") << "libplumbline_kernels.so"
                           << any({qt, opencv, "^libplumbline_(core|engine)"}) << "^libtorch_cpu";
}

void TestLinkage::built_files_need_only_what_they_may() {
  QFETCH(QString, file);
  QFETCH(QString, never);
  QFETCH(QString, always);
  const BuiltFiles built(PLUMBLINE_BINARY_DIR);
  QVERIFY2(built.error().isEmpty(), qPrintable(built.error()));
  QVERIFY2(built.contains(file),
           qPrintable(file + " is not built in " PLUMBLINE_BINARY_DIR ", which has " +
                      built.names().join(", ")));
  const QStringList needed = built.needed_by(file).values();
  const QStringList forbidden = needed.filter(QRegularExpression(never));
  QVERIFY2(forbidden.isEmpty(), qPrintable(file + " needs " + forbidden.join(", ")));
  QVERIFY2(!needed.filter(QRegularExpression(always)).isEmpty(),
           qPrintable(file + " needs only " + needed.join(", ")));
}

}  // namespace plumbline::test

#include <fstream>

#include <QTemporaryDir>
#include <QtTest>

#include "tests/house/tests.h"
#include "tests/house/type_names.h"

namespace plumbline::test {

namespace {

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

void TestTypeNames::house_has_one_type_a_name() {
  const auto twice = types_defined_twice(PLUMBLINE_SOURCE_DIR);
  QString lines;
  for (const auto& line : twice) lines += "\n" + QString::fromStdString(line);
  QVERIFY2(twice.empty(), qPrintable(lines));
}

void TestTypeNames::a_planted_pair_is_found() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  const std::string head = "namespace plumbline {\n", end = "}  // namespace plumbline\n";
  write_text(root / "core/a.h", head + "struct Same {\n  int a;\n};\nstruct Declared;\n" + end);
  write_text(root / "core/engine/b.h", head + "class Same final : public Base {\n};\n" + end);
  write_text(root / "widgets/c.h",
             head + "struct Declared {\n};\nstruct Declared::State {\n};\n" + end);
  write_text(root / "widgets/d.cpp",
             head +
                 "namespace {\nstruct Same {\n};\n}  // namespace\nstruct Declared::State {\n};\n" +
                 end);
  write_text(root / "kernels/e.h", "namespace plumbline::kernels {\nstruct Same {\n};\n}\n");
  QCOMPARE(types_defined_twice(root),
           (std::vector<std::string>{"plumbline::Same: core/a.h and core/engine/b.h"}));
}

}  // namespace plumbline::test

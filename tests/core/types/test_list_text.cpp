#include <QtTest>

#include <fmt/format.h>

#include "core/types/count_text.h"
#include "core/types/list_text.h"
#include "core/types/precision_names.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

void TestListText::parts_are_trimmed_and_counted_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QStringList>("parts");  // those that are not empty are the list
  QTest::newRow("nothing") << QString() << QStringList{QString()};
  QTest::newRow("one") << QStringLiteral("a") << QStringList{QStringLiteral("a")};
  QTest::newRow("spaces") << QStringLiteral(" a ,\tb c ,d")
                          << QStringList{QStringLiteral("a"), QStringLiteral("b c"),
                                         QStringLiteral("d")};
  QTest::newRow("empty ones") << QStringLiteral(",a,, b,")
                              << QStringList{QString(), QStringLiteral("a"), QString(),
                                             QStringLiteral("b"), QString()};
  QTest::newRow("a comma") << QStringLiteral(",") << QStringList{QString(), QString()};
}

void TestListText::parts_are_trimmed_and_counted() {
  QFETCH(QString, text);
  QFETCH(QStringList, parts);
  const std::string whole = text.toStdString();
  QStringList found;
  for (const std::string_view part : parts_between(whole, ','))
    found << QString::fromUtf8(part.data(), static_cast<qsizetype>(part.size()));
  QCOMPARE(found, parts);
  QStringList listed;
  for (const std::string& part : split_list(whole)) listed << QString::fromStdString(part);
  parts.removeAll(QString());
  QCOMPARE(listed, parts);
}

void TestListText::another_separator_leaves_commas() {
  const auto parts = parts_between("a,b+ c", '+');
  QCOMPARE(parts, (std::vector<std::string_view>{"a,b", "c"}));
}

void TestListText::numbers_of_things_are_singular_or_plural() {
  QCOMPARE(count_text(1, "image"), std::string("1 image"));
  QCOMPARE(count_text(0, "image"), std::string("0 images"));
  QCOMPARE(count_text(2, "image"), std::string("2 images"));
  QCOMPARE(count_text(1, "box", "boxes"), std::string("1 box"));
  QCOMPARE(count_text(12, "box", "boxes"), std::string("12 boxes"));
}

void TestListText::a_sentence_names_the_precisions_of_the_list() {
  const auto named = [](std::span<const std::string_view> names) {
    std::string text(names.front());
    for (const std::string_view name : names.subspan(1))
      text += fmt::format("{}{}", name == names.back() ? " or " : ", ", name);
    return text;
  };
  QCOMPARE(named(precision_names), std::string(precisions_text));
  QCOMPARE(named(training_precisions), std::string(training_precisions_text));
  QVERIFY(is_precision("fp32") && is_precision("fp16"));
  QVERIFY(!is_precision("fp8") && !is_precision("") && !is_precision("FP32"));
}

}  // namespace plumbline::test

#include <QtTest>

#include "core/review/name_index.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

void TestNameIndex::a_text_is_found_whatever_its_case() {
  NameIndex index;
  const QStringList names = {"cat/0001.JPG", "Dog/0002.jpg", "dog/cat.png", "", "x"};
  for (const QString& name : names) index.add(name.toStdString());
  for (const char* wanted : {"cat", "CAT", ".jpg", "dog/", "0", "gx", "x", "zzz", ""}) {
    const QString text = QString::fromLatin1(wanted);
    const auto found = index.matches(text.toStdString());
    QCOMPARE(found.size(), static_cast<std::size_t>(names.size()));
    for (qsizetype i = 0; i < names.size(); ++i)
      QCOMPARE(found[static_cast<std::size_t>(i)] != 0,
               names[i].contains(text, Qt::CaseInsensitive));
  }
}

}  // namespace plumbline::test

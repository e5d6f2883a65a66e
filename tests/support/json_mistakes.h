#pragma once
#include <initializer_list>
#include <random>
#include <utility>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/types/json_object.h"

// What tests of readers of JSON share: each mistake is named, and damage does no harm.
namespace plumbline::test {

/// A reader of untrusted documents; errors name `where`.
template <class T>
using JsonReader = Result<T> (*)(const nlohmann::json& document, const std::string& where);

/// The text as a file's content would be read.
template <class T>
Result<T> read_text(JsonReader<T> read, const std::string& text) {
  const auto document = parse_json(text, "text.json");
  if (!document) return tl::unexpected(document.error());
  return read(*document, "text.json");
}

/// The rows of a test of mistakes: what is put over a good document (null takes a key away), and a
/// part of what the error says.
inline void add_mistakes(std::initializer_list<std::pair<const char*, const char*>> mistakes) {
  QTest::addColumn<QByteArray>("change");
  QTest::addColumn<QString>("named");
  for (const auto& [change, named] : mistakes)
    QTest::newRow(change) << QByteArray(change) << QString(named);
}

/// The row's mistake in the good document is refused, and named where it is.
template <class T>
void check_mistake(JsonReader<T> read, nlohmann::json document) {
  QFETCH(QByteArray, change);
  QFETCH(QString, named);
  document.merge_patch(nlohmann::json::parse(change.toStdString()));
  const auto made = read(document, "x.json");
  QVERIFY(!made);
  QCOMPARE(made.error().where, std::string("x.json"));
  QVERIFY2(QString::fromStdString(made.error().message).contains(named),
           made.error().message.c_str());
}

/// The text with one to four of its bytes changed into others that JSON is made of, or none.
inline std::string damaged(std::string text, std::mt19937& random) {
  constexpr std::string_view bytes = "0123456789-.eE\"[]{},:nulltrue\xff";
  for (auto count = 1 + random() % 4; count > 0; --count)
    text[random() % text.size()] = bytes[random() % bytes.size()];
  return text;
}

/// No beginning of a text is taken for the whole.
template <class T>
void check_cut_texts(JsonReader<T> read, const std::string& text) {
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    QVERIFY(!read_text(read, text.substr(0, cut)));
}

}  // namespace plumbline::test

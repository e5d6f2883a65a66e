#pragma once
#include <vector>

#include <QtTest>

#include "core/types/error.h"

namespace plumbline::test {

/// Rows of a test: SQL that damages a study, and where the error is that names it.
inline void add_damage_columns() {
  QTest::addColumn<QByteArray>("change");
  QTest::addColumn<QByteArray>("named");
}
inline void add_damage(const char* change, const char* named) {
  QTest::newRow(change) << QByteArray(change) << QByteArray(named);
}

/// The errors among some results.
template <class... Results>
std::vector<Error> errors_of(const Results&... results) {
  std::vector<Error> errors;
  const auto note = [&](const auto& result) {
    if (!result) errors.push_back(result.error());
  };
  (note(results), ...);
  return errors;
}

}  // namespace plumbline::test

#pragma once
#include <QtTest>

namespace plumbline::test {

/// Runs each class's tests with the program's arguments; the sum of their failures.
template <class... Tests>
int run_all(int argc, char** argv) {
  int failures = 0;
  const auto run = [&](QObject&& test) { failures += QTest::qExec(&test, argc, argv); };
  (run(Tests()), ...);
  return failures;
}

}  // namespace plumbline::test

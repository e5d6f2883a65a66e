#pragma once
#include <QtTest>

namespace plumbline::test {

/// Runs each class's tests with the program's arguments; the sum of their failures.
/// PLUMBLINE_TEST_CLASS names the only one that is run, where functions of several have the same
/// name; without a class of that name nothing is run, which is a failure.
template <class... Tests>
int run_all(int argc, char** argv) {
  const QByteArray only = qgetenv("PLUMBLINE_TEST_CLASS");
  int failures = 0;
  bool found = false;
  const auto run = [&](QObject&& test) {
    const QByteArray name = test.metaObject()->className();
    if (!only.isEmpty() && name.mid(name.lastIndexOf(':') + 1) != only) return;
    found = true;
    failures += QTest::qExec(&test, argc, argv);
  };
  (run(Tests()), ...);
  return found ? failures : 1;
}

}  // namespace plumbline::test

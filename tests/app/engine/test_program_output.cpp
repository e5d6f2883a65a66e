#include <chrono>

#include <QtTest>

#include "app/engine/program_output.h"
#include "tests/app/engine/tests.h"

namespace plumbline::test {

using namespace std::chrono_literals;

void TestProgramOutput::output_is_read() {
  // Words are words: nothing expands them.
  QCOMPARE(program_output("/bin/echo", {"a  b", "$HOME;", "'"}, 10s).value_or("none"),
           std::string("a  b $HOME; '\n"));
  QCOMPARE(program_output("/bin/true", {}, 10s).value_or("none"), std::string());
  // Its input is empty: this ends at once.
  QCOMPARE(program_output("/bin/cat", {}, 10s).value_or("none"), std::string());
}

void TestProgramOutput::failures_are_nothing() {
  QVERIFY(!program_output("/bin/false", {}, 10s));
  QVERIFY(!program_output("/nonexistent/program", {}, 10s));
  QVERIFY(!program_output("/bin/sh", {"-c", "kill -9 $$"}, 10s));
  QVERIFY2(!program_output("/bin/cat", {"/dev/zero"}, 10s), "more than it may write");
}

void TestProgramOutput::late_is_killed() {
  QElapsedTimer clock;
  clock.start();
  QVERIFY(!program_output("/bin/sleep", {"30"}, 200ms));
  QVERIFY(clock.elapsed() < 10'000);
}

}  // namespace plumbline::test

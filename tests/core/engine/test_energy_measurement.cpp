#include <QtTest>

#include <cmath>

#include "core/engine/inference/energy_measurement.h"
#include "tests/core/engine/energy_tests.h"
#include "tests/core/engine/known_device.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestEnergyMeasurement::joules_equal_their_definition() {
  KnownDevice device;
  const auto windows = device.windows();
  const auto idle = value(measure_idle_draw(device.counter(), windows));
  QVERIFY(std::abs(idle.median - 50) < 1e-6);
  QVERIFY(idle.spread < 1e-6);
  // A batch of 64 takes an eighth of a second, with 300 W: 37.5 J.
  const auto measured = value(measure_work_energy(
      device.counter(),
      [&](std::int64_t times) -> Result<void> {
        for (std::int64_t i = 0; i < times; ++i) device.draw(0.125, 300);
        return {};
      },
      64, windows));
  QCOMPARE(measured.joules, 37.5 / 64);
  QCOMPARE(measured.spread, 0.0);
  QCOMPARE(measured.seconds, 0.125 / 64);
  QCOMPARE(measured.repeats, 5);
  QVERIFY(std::abs(1000 * measured.joules - 585.9375) < 1e-9);
  QVERIFY(std::abs(1000 * measured.idle_joules(idle.median) - 97.65625) < 1e-6);
}

void TestEnergyMeasurement::windows_have_a_median_and_a_spread() {
  KnownDevice device;
  // A second to settle, then five windows of two seconds each with a draw of their own.
  const double watts[] = {100, 160, 140, 200, 120};
  const auto measured = value(measure_work_energy(
      device.counter(),
      [&](std::int64_t times) -> Result<void> {
        for (std::int64_t i = 0; i < times; ++i) {
          const int window = static_cast<int>(std::floor((device.seconds - 1) / 2));
          device.draw(0.25, window < 0 ? 999 : watts[std::min(window, 4)]);
        }
        return {};
      },
      10, device.windows()));
  // Eight times ten items a window: 2.5, 3, 3.5, 4 and 5 J an item.
  QCOMPARE(measured.joules, 3.5);
  QCOMPARE(measured.spread, 1.0);
  QCOMPARE(measured.seconds, 0.025);
  QCOMPARE(device.seconds, 11.0);
}

void TestEnergyMeasurement::a_counter_that_moves_seldom_is_no_error() {
  KnownDevice device;
  device.tick = 0.1;  // the counter is brought up to date ten times a second
  const auto measured = value(measure_work_energy(
      device.counter(),
      [&](std::int64_t times) -> Result<void> {
        for (std::int64_t i = 0; i < times; ++i) device.draw(0.007, 300);
        return {};
      },
      3, device.windows()));
  // 2.1 J for three items; a window is wrong by a look of 0.02 s at most, not by a tick.
  QVERIFY(std::abs(measured.joules / 0.7 - 1) < 0.011);
  const auto idle = value(measure_idle_draw(device.counter(), device.windows()));
  QVERIFY(std::abs(idle.median / 50 - 1) < 0.011);
}

void TestEnergyMeasurement::short_work_is_repeated_between_looks() {
  KnownDevice device;
  std::int64_t looks = 0, most = 0;
  const auto measured = value(measure_work_energy(
      device.counter(),
      [&](std::int64_t times) -> Result<void> {
        ++looks;
        most = std::max(most, times);
        for (std::int64_t i = 0; i < times; ++i) device.draw(0.0009765625, 200);  // 2⁻¹⁰ s
        return {};
      },
      1, device.windows()));
  QCOMPARE(most, std::int64_t{20});
  QVERIFY(looks < 600);  // eleven seconds
  QVERIFY(std::abs(measured.joules - 200 * 0.0009765625) < 1e-9);
}

void TestEnergyMeasurement::works_in_turn_share_a_sitting() {
  KnownDevice device;
  std::string turns;
  const auto work = [&](char name, double seconds, double watts) -> SteadyWork {
    return [&device, &turns, name, seconds, watts](std::int64_t times) -> Result<void> {
      if (turns.empty() || turns.back() != name) turns += name;
      // As a device that warms up: it draws more the longer it has worked.
      for (std::int64_t i = 0; i < times; ++i) device.draw(seconds, watts + device.seconds);
      return {};
    };
  };
  const auto measured = value(measure_energies_in_turns(
      device.counter(), {{work('a', 0.125, 100), 4}, {work('b', 0.25, 300), 2}}, device.windows()));
  QCOMPARE(turns, std::string("ababababab"));
  QCOMPARE(measured.size(), std::size_t{2});
  QCOMPARE(measured[0].seconds, 0.125 / 4);
  QCOMPARE(measured[1].seconds, 0.25 / 2);
  QCOMPARE(measured[0].repeats, 5);
  // A second to settle and two that count, each: the third window of the first begins at 13 s, of
  // the second at 16 s. The draw is that of the beginning of each piece of work.
  const auto mean_draw = [](double from, double seconds) { return from + (2 - seconds) / 2; };
  QVERIFY(std::abs(measured[0].joules - (100 + mean_draw(13, 0.125)) * 0.125 / 4) < 1e-9);
  QVERIFY(std::abs(measured[1].joules - (300 + mean_draw(16, 0.25)) * 0.25 / 2) < 1e-9);
  // Windows of the same work are six seconds apart, so that quartiles are twelve watts apart.
  QVERIFY(std::abs(measured[0].spread - 12 * 0.125 / 4) < 1e-9);
  device.stop_at = device.seconds + 4;
  const auto stopped = measure_energies_in_turns(
      device.counter(), {{work('a', 0.125, 100), 4}, {work('b', 0.25, 300), 2}}, device.windows());
  QVERIFY(!stopped && stopped.error().kind == ErrorKind::cancelled);
}

void TestEnergyMeasurement::what_goes_wrong_ends_it_data() {
  using Change = std::function<void(KnownDevice&)>;
  QTest::addColumn<Change>("change");
  QTest::addColumn<int>("code");
  QTest::addColumn<QString>("why");
  QTest::newRow("it does not move") << Change([](KnownDevice& device) { device.tick = 1e9; }) << 4
                                    << "the device's energy counter does not move";
  QTest::newRow("it is lost") << Change([](KnownDevice& device) { device.lost_at = 3; }) << 4
                              << "GPU is lost";
  QTest::newRow("stopped") << Change([](KnownDevice& device) { device.stop_at = 3; }) << 130
                           << "cancelled";
}

void TestEnergyMeasurement::what_goes_wrong_ends_it() {
  QFETCH(std::function<void(KnownDevice&)>, change);
  QFETCH(int, code);
  QFETCH(QString, why);
  for (const bool working : {false, true}) {
    KnownDevice device;
    change(device);
    std::optional<Error> error;
    if (working) {
      auto measured = measure_work_energy(
          device.counter(),
          [&](std::int64_t) -> Result<void> {
            device.draw(0.125, 300);
            return {};
          },
          1, device.windows());
      if (!measured) error = measured.error();
    } else if (auto idle = measure_idle_draw(device.counter(), device.windows()); !idle) {
      error = idle.error();
    }
    QVERIFY(error);
    QCOMPARE(exit_code(error->kind), code);
    QVERIFY2(to_string(*error).find(why.toStdString()) != std::string::npos,
             to_string(*error).c_str());
    QVERIFY(device.seconds < 10);
  }
}

}  // namespace plumbline::test

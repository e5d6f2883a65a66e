#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <ctime>

#include "core/engine/planer/evaluate_networks.h"
#include "core/engine/planer/profile_device.h"
#include "core/engine/planer/search_network.h"
#include "core/engine/planer/train_network.h"
#include "tests/core/engine/planer/tests.h"
#include "tests/core/engine/planer/word_text.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

using nlohmann::ordered_json;

constexpr double known_watts = 100, known_watts_at_rest = 50;

/// Of this process's own work: what else runs on the machine is no part of it.
double seconds_now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// A device that draws 100 W whatever it does, in windows that are short enough for a test.
Result<StepMeter> steady_meter(c10::Device, Job&) {
  EnergyWindows windows = real_time_windows({});
  windows.seconds = 0.02;
  windows.settle = 0.005;
  windows.now = seconds_now;
  const double begin = seconds_now();
  return StepMeter{{{"a steady device",
                     [begin]() -> Result<double> { return known_watts * (seconds_now() - begin); }},
                    windows},
                   known_watts_at_rest};
}

Result<StepMeter> no_meter(c10::Device, Job&) {
  return fail(ErrorKind::device, "Linux shows no energy counter of the processor");
}

/// A study with the network "base" of bytes.
class ByteStudy {
 public:
  ByteStudy() {
    write_text(file("config.json"),
               R"({"layers": 1, "d_model": 16, "heads": 2, "d_head": 8, "d_inner": 16, "experts": 2,
                   "train": {"length": 8, "memory": 8}})");
    write_text(file("text.txt"), drawn_text({"stone", "river", "light"}, {5, 3, 1}, 3000, 1));
    PlanerTrainRequest request;
    request.study = study();
    request.name = "base";
    request.config = file("config.json");
    request.text.file = file("text.txt");
    request.course = course();
    request.job = silent_job(study());
    value(train_network(request));
  }
  std::filesystem::path file(const std::string& name) const {
    return folder_.filePath(name.c_str()).toStdString();
  }
  std::filesystem::path study() const { return file("s.plumb"); }
  Study open() const { return value(Study::open(study(), Access::read_write)); }

  static PlanerCourseRequest course() {
    PlanerCourseRequest course;
    course.steps = 20;
    course.batch = 4;
    course.learning_rate = 0.02;
    course.device = "cpu";
    return course;
  }
  PlanerProfileRequest profile() const {
    PlanerProfileRequest request;
    request.study = study();
    request.network = "base";
    request.shape.device = "cpu";
    request.energy = true;
    request.job = silent_job(study());
    return request;
  }
  PlanerSearchRequest search(const std::string& name) const {
    PlanerSearchRequest request;
    request.study = study();
    request.name = name;
    request.from = "base";
    request.energy_targets = {1.5};
    request.course = course();
    request.shape.device = "cpu";
    request.job = silent_job(study());
    return request;
  }

 private:
  QTemporaryDir folder_;
};

std::string why_not(const Result<ordered_json>& result) {
  return result ? "it succeeded" : to_string(result.error());
}

bool names_part(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

void TestEnergySearch::a_profile_has_a_table_of_energies() {
  const ByteStudy made;
  const ordered_json summary = value(profile_device(made.profile(), steady_meter));
  const auto tables = value(made.open().energy_tables());
  QCOMPARE(tables.size(), std::size_t{1});
  const EnergyTable& table = tables.front();
  QVERIFY(table.key == value(made.open().latency_tables()).front().key);
  QCOMPARE(table.idle_watts, known_watts_at_rest);
  QCOMPARE(table.source, std::string("a steady device"));
  for (const OptionIndex option : usable_options(table.config)) {
    QVERIFY2(table.options[option], slot_option(option).name.data());
    const TokenEnergy& energy = *table.options[option];
    QCOMPARE(energy.joules > 0, option != skip_option);
    if (option == skip_option) continue;
    QCOMPARE(energy.repeats, 5);
    // Half of it would have been drawn at rest; the two medians may be of different windows.
    QVERIFY2(std::abs(energy.idle / energy.joules - 0.5) < 0.05,
             qPrintable(QString::number(energy.idle / energy.joules)));
  }
  const auto& shown = summary["energy_table"];
  QVERIFY(shown["kept"].get<bool>());
  QCOMPARE(shown["options"]["feed-forward"]["joules_per_1000_tokens"].get<double>(),
           table.options[*find_option("feed-forward")]->joules);
  QCOMPARE(shown["estimate_joules_per_1000_tokens"].get<double>(),
           cost_table_of(table).estimate(baseline_architecture(table.config)).value());
  QCOMPARE(summary["energy"]["joules_per_1000_tokens"].get<double>(), table.baseline.joules);
  QCOMPARE(summary["energy"]["source"].get<std::string>(), std::string("a steady device"));
}

void TestEnergySearch::a_device_that_does_not_tell_has_a_reason() {
  const ByteStudy made;
  const ordered_json summary = value(profile_device(made.profile(), no_meter));
  QVERIFY(summary["energy"].is_null() && summary["energy_table"].is_null());
  QVERIFY(names_part(summary["null_reasons"]["energy_table"].get<std::string>(),
                     "Linux shows no energy counter of the processor"));
  QVERIFY(value(made.open().energy_tables()).empty());
  QCOMPARE(value(made.open().latency_tables()).size(), std::size_t{1});
  PlanerEvaluateRequest evaluation;
  evaluation.study = made.study();
  evaluation.names = {"base"};
  evaluation.shape.device = "cpu";
  evaluation.energy = true;
  evaluation.job = silent_job(made.study());
  const ordered_json evaluated = value(evaluate_networks(evaluation, no_meter));
  QVERIFY(evaluated["joules_per_1000_tokens"].is_null());
  QVERIFY(evaluated["latency_ms"].get<double>() > 0);
  QVERIFY(value(made.open().network_energies()).empty());
}

void TestEnergySearch::what_cannot_be_searched_is_refused() {
  const ByteStudy made;
  const auto without = search_network(made.search("q"), steady_meter);
  QVERIFY2(names_part(why_not(without), "there is no energy table of the options") &&
               names_part(why_not(without), "planer profile STUDY --name base") &&
               names_part(why_not(without), "--energy"),
           why_not(without).c_str());
  QVERIFY(without.error().kind == ErrorKind::usage);
  value(profile_device(made.profile(), steady_meter));
  PlanerSearchRequest both = made.search("q");
  both.targets = {0.5};
  QVERIFY(names_part(why_not(search_network(both, steady_meter)), "not of both"));
  PlanerSearchRequest twice = made.search("q");
  twice.energy_targets = {0.5, 0.5};
  QVERIFY(names_part(why_not(search_network(twice, steady_meter)), "--target-energy"));
  // Of another batch nothing was measured.
  PlanerSearchRequest batch = made.search("q");
  batch.shape.batch = 3;
  QVERIFY(names_part(why_not(search_network(batch, steady_meter)), "batch 3"));
  PlanerSearchRequest little = made.search("q");
  little.energy_targets = {1e-6};
  const std::string unreachable = why_not(search_network(little, steady_meter));
  QVERIFY2(
      names_part(unreachable, "J per 1,000 tokens") && names_part(unreachable, "--target-energy"),
      unreachable.c_str());
  QVERIFY(names_part(why_not(search_network(made.search("q2"), no_meter)), "no energy counter"));
}

void TestEnergySearch::a_search_saves_energy_and_says_so() {
  const ByteStudy made;
  value(profile_device(made.profile(), steady_meter));
  const ordered_json summary = value(search_network(made.search("q"), steady_meter));
  QCOMPARE(summary["cost"].get<std::string>(), std::string("energy"));
  const auto& found = summary["networks"][0];
  QCOMPARE(found["target_cost"].get<std::string>(), std::string("energy"));
  const double fraction = found["energy_fraction"].get<double>();
  QCOMPARE(found["target_met"].get<bool>(), fraction <= 1.5 * 1.01);
  QVERIFY(std::abs(fraction - found["joules_per_1000_tokens"].get<double>() /
                                  found["baseline_joules_per_1000_tokens"].get<double>()) < 1e-9);
  QVERIFY(found["latency_ms"].get<double>() > 0);
  const Study study = made.open();
  const SearchInfo search = value(study.search("q"));
  QVERIFY(search.cost == CostKind::energy);
  QCOMPARE(search.targets, std::vector<double>{1.5});
  const NetworkInfo network = value(study.network(found["name"].get<std::string>()));
  QVERIFY(network.target_cost == CostKind::energy);
  const auto energies = value(study.network_energies());
  QCOMPARE(energies.size(), std::size_t{2});
  QCOMPARE(energies[1].baseline, std::string("base"));
  // What the course counted is the estimate by the table of energies.
  const CostTable costs = cost_table_of(value(study.energy_tables()).front());
  const auto points = value(study.search_points("q"));
  QVERIFY(!points.empty());
  double most = 0;
  for (const auto& option : costs.options) most = std::max(most, option.value_or(0));
  for (const SearchPoint& point : points)
    QVERIFY(point.cost >= costs.fixed && point.cost <= 1.0001 * (costs.fixed + 2 * most));

  // It goes on as what it is, and as nothing else.
  PlanerSearchRequest again = made.search("q");
  again.resume = true;
  const ordered_json resumed = value(search_network(again, steady_meter));
  QVERIFY(resumed["networks"][0]["architecture"] == found["architecture"]);
  again.targets = again.energy_targets;
  again.energy_targets.clear();
  again.job = silent_job(made.study());
  const std::string other_kind = why_not(search_network(again, steady_meter));
  QVERIFY2(names_part(other_kind, "other settings"), other_kind.c_str());
}

}  // namespace plumbline::test

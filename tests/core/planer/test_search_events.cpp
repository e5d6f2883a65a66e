#include <cmath>
#include <fstream>
#include <random>

#include <QTemporaryDir>
#include <QtTest>

#include "core/jobs/job.h"
#include "core/planer/option.h"
#include "core/planer/search_events.h"
#include "tests/core/planer/tests.h"

namespace plumbline::test {

namespace {

/// The log of a search's job.
class SearchLog : public JobLog {
 public:
  SearchLog() : JobLog(search_events_of("planer-search")) {}
  const SearchEvents& of() const { return search_events(*this); }
};

/// Events as a search writes them.
const std::string search_stream =
    R"({"v":1,"t":0.0,"event":"started","kind":"planer-search"}
{"v":1,"t":1.0,"event":"point","search":"s","target":0.5,"step":10,"latency_ms":4.0,"loss":2.5,"target_ms":2.5,"temperature":5.0,"probabilities":[[0.125,0.125,0.125,0.125,0.125,0.125,0.125,0.125],[0.25,0,0,0,0,0.75,0,0]]}
{"v":1,"t":2.0,"event":"point","search":"s","target":0.5,"step":20,"latency_ms":3.5,"loss":2.25,"target_ms":2.5,"temperature":4.5}
{"v":1,"t":2.5,"event":"point","search":"s","target":0.7,"step":20,"latency_ms":3.5,"loss":2.25}
{"v":1,"t":3.0,"event":"architecture","search":"s","target":0.5,"state":"done","options":["attention-2","skip"],"network":"s-0.5","latency_ms":2.5,"validation_loss":1.75,"validation_error":null}
)";

std::string point_line(double target, int step, double loss) {
  return R"({"v":1,"t":1.5,"event":"point","search":"s","target":)" + std::to_string(target) +
         ",\"step\":" + std::to_string(step) +
         ",\"latency_ms\":3.25,\"loss\":" + std::to_string(loss) +
         ",\"target_ms\":2.5,\"temperature\":1.0}\n";
}

}  // namespace

void TestSearchEvents::a_search_is_read_as_it_was_written() {
  const QTemporaryDir directory;
  auto job = Job::begin(
      {directory.path().toStdString(), "planer-search", {"planer", "search"}, false, true});
  QVERIFY(job.has_value());
  std::vector<std::vector<float>> map(8, std::vector<float>(slot_options().size(), 0.0F));
  for (std::size_t slot = 0; slot < map.size(); ++slot) map[slot][slot] = 1.0F - 1e-7F;
  job->event("point", {{"search", "s"},
                       {"target", 0.1 + 0.2},
                       {"step", 7},
                       {"latency_ms", 1.0 / 3},
                       {"loss", 2.5},
                       {"target_ms", 0.25},
                       {"temperature", 1.5},
                       {"probabilities", map}});
  job->event("architecture", {{"search", "s"},
                              {"target", 0.1 + 0.2},
                              {"state", "searching"},
                              {"options", {"attention-8", "skip"}},
                              {"latency_ms", 2.0 / 3},
                              {"validation_loss", std::nan("")}});
  SearchLog log;
  std::ifstream stream(
      std::filesystem::path(directory.path().toStdString()) / "jobs" / job->id() / "events.jsonl",
      std::ios::binary);
  log.feed(std::string((std::istreambuf_iterator<char>(stream)), {}));
  QCOMPARE(log.events, 3);
  QCOMPARE(log.ignored, 0);
  const JobSearchPoint& point = log.of().points.at(0.1 + 0.2).at(0);
  QCOMPARE(point.step, 7);
  QCOMPARE(point.cost, 1.0 / 3);
  QCOMPARE(point.target_cost, 0.25);
  QCOMPARE(log.of().probabilities.at(0.1 + 0.2), map);
  QCOMPARE(log.of().architectures.at(0).latency_ms, std::optional(2.0 / 3));
  QVERIFY(!log.of().architectures[0].validation_loss);
}

void TestSearchEvents::other_kinds_have_no_record_of_searches() {
  QVERIFY(search_events_of("planer-sweep") != nullptr);
  QVERIFY(search_events_of("planer-train") == nullptr);
  QVERIFY(search_events_of("run") == nullptr);
  JobLog log(search_events_of("run"));
  log.feed(search_stream);
  QCOMPARE(log.events, 5);
  QVERIFY(search_events(log).points.empty());
}

void TestSearchEvents::points_and_architectures_of_a_search() {
  SearchLog log;
  log.feed(search_stream);
  QCOMPARE(log.events, 5);
  QCOMPARE(log.ignored, 0);
  QCOMPARE(log.of().search, std::string("s"));
  QCOMPARE(log.of().points.size(), std::size_t{2});
  const auto& course = log.of().points.at(0.5);
  QCOMPARE(course.size(), std::size_t{2});
  QCOMPARE(course[1].step, 20);
  QCOMPARE(course[1].cost, 3.5);
  QCOMPARE(course[1].loss, 2.25);
  QCOMPARE(course[1].target_cost, 2.5);
  QCOMPARE(course[1].temperature, 4.5);
  QCOMPARE(log.of().points.at(0.7)[0].temperature, 0.0);
  QCOMPARE(log.of().probabilities.size(), std::size_t{1});
  QCOMPARE(log.of().probabilities.at(0.5)[1][0], 0.25F);
  QCOMPARE(log.of().architectures.size(), std::size_t{1});
  const JobArchitecture& done = log.of().architectures[0];
  QCOMPARE(done.state, std::string("done"));
  QCOMPARE(done.network, std::string("s-0.5"));
  QCOMPARE(done.options, (std::vector<std::string>{"attention-2", "skip"}));
  QCOMPARE(done.latency_ms, std::optional(2.5));
  QCOMPARE(done.validation_loss, std::optional(1.75));
  QVERIFY(!done.baseline_latency_ms && !done.validation_error);
}

void TestSearchEvents::a_search_for_less_energy_has_joules() {
  SearchLog log;
  log.feed(R"({"v":1,"t":1.0,"event":"point","search":"s","target":0.5,"step":10,"loss":2.5,)"
           R"("joules_per_1000_tokens":4.0,"target_joules_per_1000_tokens":2.5,"temperature":1})"
           "\n"
           R"({"v":1,"t":1.5,"event":"point","search":"s","target":0.5,"step":20,"loss":2.5,)"
           R"("joules_per_1000_tokens":null,"latency_ms":3})"
           "\n"
           R"({"v":1,"t":2.0,"event":"architecture","search":"s","target":0.5,"state":"done",)"
           R"("options":["skip"],"network":"s-0.5","latency_ms":2.5,"joules_per_1000_tokens":1.25,)"
           R"("joules_spread_per_1000_tokens":0.25,"baseline_joules_per_1000_tokens":2.5})"
           "\n");
  QCOMPARE(log.events, 2);
  QCOMPARE(log.ignored, 1);  // an energy that is none
  const JobSearchPoint& point = log.of().points.at(0.5).at(0);
  QVERIFY(point.kind == CostKind::energy);
  QCOMPARE(point.cost, 4.0);
  QCOMPARE(point.target_cost, 2.5);
  const JobArchitecture& done = log.of().architectures.at(0);
  QCOMPARE(done.joules, std::optional(1.25));
  QCOMPARE(done.joules_spread, std::optional(0.25));
  QCOMPARE(done.baseline_joules, std::optional(2.5));
  QCOMPARE(done.latency_ms, std::optional(2.5));
}

void TestSearchEvents::cut_search_streams_say_what_they_have() {
  for (std::size_t cut = 0; cut <= search_stream.size(); ++cut) {
    SearchLog whole, halves;
    halves.feed(std::string_view(search_stream).substr(0, cut));
    QCOMPARE(halves.ignored, 0);
    halves.feed(std::string_view(search_stream).substr(cut));
    whole.feed(search_stream);
    QCOMPARE(halves.of().points.size(), whole.of().points.size());
    QCOMPARE(halves.of().points.at(0.5).size(), whole.of().points.at(0.5).size());
    QCOMPARE(halves.of().probabilities, whole.of().probabilities);
  }
}

void TestSearchEvents::the_last_architecture_of_a_state_counts() {
  SearchLog log;
  const auto feed = [&](const char* state, const char* option) {
    log.feed(std::string(R"({"v":1,"event":"architecture","target":0.5,"state":")") + state +
             R"(","options":[")" + option + "\"]}\n");
  };
  feed("searching", "skip");
  feed("searching", "attention-1");
  feed("retraining", "attention-4");
  QCOMPARE(log.of().architectures.size(), std::size_t{2});
  QCOMPARE(log.of().architectures[0].options[0], std::string("attention-1"));
  QCOMPARE(log.of().architectures[1].options[0], std::string("attention-4"));
}

void TestSearchEvents::what_is_no_point_is_counted_data() {
  QTest::addColumn<QByteArray>("fields");
  const auto row = [](const char* fields) { QTest::newRow(fields) << QByteArray(fields); };
  const auto point = [&](const char* rest) {
    const QByteArray fields = QByteArray(R"("event":"point",)") + rest;
    QTest::newRow(fields.constData()) << fields;
  };
  point(R"("step":1,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":1,"loss":1)");
  point(R"("target":0.5,"step":1,"latency_ms":1)");
  point(R"("target":"half","step":1,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":1.5,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":-1,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":18446744073709551615,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":1,"latency_ms":null,"loss":1)");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":NaN)");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1e999)");
  point(R"("target":0,"step":1,"latency_ms":1,"loss":1)");
  point(R"("target":1e30,"step":1,"latency_ms":1,"loss":1)");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1,"probabilities":3)");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1,"probabilities":[1])");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1,"probabilities":[[1,0]])");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1,"probabilities":[[2,0,0,0,0,0,0,0]])");
  point(R"("target":0.5,"step":1,"latency_ms":1,"loss":1,"probabilities":[["a",0,0,0,0,0,0,0]])");
  row(R"("event":"architecture","target":0.5,"state":"done")");
  row(R"("event":"architecture","target":0.5,"state":"lost","options":[])");
  row(R"("event":"architecture","state":"done","options":[])");
  row(R"("event":"architecture","target":0.5,"state":"done","options":["skip",2])");
  row(R"("event":"architecture","target":0.5,"state":3,"options":[])");
}

void TestSearchEvents::what_is_no_point_is_counted() {
  QFETCH(QByteArray, fields);
  SearchLog log;
  log.feed("{\"v\":1,\"t\":1," + fields.toStdString() + "}\n");
  QCOMPARE(log.ignored, 1);
  QCOMPARE(log.events, 0);
  QVERIFY(log.of().points.empty() && log.of().probabilities.empty() &&
          log.of().architectures.empty());
  log.feed(search_stream);
  QCOMPARE(log.events, 5);
}

void TestSearchEvents::damaged_search_streams_never_crash() {
  std::mt19937 random(13);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = search_stream;
    for (int i = 0; i < 5; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    SearchLog log;
    log.feed(damaged);
    for (const auto& [target, course] : log.of().points) {
      QVERIFY(target > 0 && target <= 10 && !course.empty());
      for (const auto& point : course)
        QVERIFY(std::isfinite(point.cost) && std::isfinite(point.loss));
    }
    for (const auto& [target, map] : log.of().probabilities)
      for (const auto& slot : map) QCOMPARE(slot.size(), slot_options().size());
  }
}

void TestSearchEvents::a_step_that_comes_again_replaces_what_followed() {
  SearchLog log;
  for (const int step : {10, 20, 30, 40, 20, 30}) log.feed(point_line(0.5, step, step + 0.5));
  const auto& course = log.of().points.at(0.5);
  QCOMPARE(course.size(), std::size_t{3});
  QCOMPARE(course[0].step, 10);
  QCOMPARE(course[1].step, 20);
  QCOMPARE(course[2].step, 30);
}

void TestSearchEvents::ten_thousand_points_are_bounded() {
  std::string lines;
  constexpr int many = 10'000;
  for (int step = 1; step <= many; ++step) lines += point_line(0.5, step, step + 0.25);
  SearchLog log;
  log.feed(lines);
  const auto& course = log.of().points.at(0.5);
  QCOMPARE(log.events, many);
  QVERIFY(course.size() <= 4096 && course.size() >= 2048);
  QCOMPARE(course.front().step, 1);
  QCOMPARE(course.back().step, many);
  QCOMPARE(course.back().loss, many + 0.25);
  for (std::size_t i = 1; i < course.size(); ++i) QVERIFY(course[i].step > course[i - 1].step);
  // Evenly: no gap is wider than two strides.
  for (std::size_t i = 1; i < course.size(); ++i) QVERIFY(course[i].step - course[i - 1].step <= 8);
}

void TestSearchEvents::targets_and_architectures_are_bounded() {
  SearchLog log;
  for (int i = 1; i <= 2000; ++i) {
    const double target = i / 1000.0;
    log.feed(point_line(target, 1, 1));
    log.feed(R"({"v":1,"event":"architecture","state":"done","options":[],"target":)" +
             std::to_string(target) + "}\n");
  }
  QCOMPARE(log.of().points.size(), std::size_t{256});
  QVERIFY(log.of().architectures.size() <= 768);
  QVERIFY(log.ignored > 2000);
}

}  // namespace plumbline::test

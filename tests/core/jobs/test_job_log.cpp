#include <cmath>
#include <random>

#include <QElapsedTimer>
#include <QtTest>

#include "core/jobs/job_log.h"
#include "core/planer/option.h"

using namespace plumbline;

namespace {

/// Events as a run writes them.
const std::string stream =
    R"({"v":1,"t":0.0,"event":"started","kind":"run"}
{"v":1,"t":0.5,"event":"progress","done":0,"total":4,"phase":"loading models"}
{"v":1,"t":1.25,"event":"progress","done":512,"total":40000,"phase":"computing test","rate":1024.0,"eta_s":38.6}
{"v":1,"t":1.5,"event":"metric","name":"accuracy/m:identity","value":0.8125,"step":128}
{"v":1,"t":1.6,"event":"metric","name":"accuracy/m:identity","value":0.84375,"step":256}
{"v":1,"t":1.7,"event":"warning","code":"image","message":"cut off","sample":"cat/1.jpg"}
{"v":1,"t":9.0,"event":"finished","summary":{"run":"r","samples":40000}}
)";

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

void check(const JobLog& log) {
  QVERIFY(log.started);
  QCOMPARE(log.events, 7);
  QCOMPARE(log.seconds, 9.0);
  QCOMPARE(log.phase, std::string("computing test"));
  QCOMPARE(log.done, 512);
  QCOMPARE(log.total, 40000);
  QCOMPARE(log.rate, 1024.0);
  QCOMPARE(log.eta_s, std::optional(38.6));
  const auto& points = log.metrics.at("accuracy/m:identity");
  QCOMPARE(points.size(), std::size_t{2});
  QCOMPARE(points[1].step, 256);
  QCOMPARE(points[1].value, 0.84375);
  QCOMPARE(log.warning_count, 1);
  QCOMPARE(log.warnings[0].sample, std::string("cat/1.jpg"));
  QVERIFY(log.summary.has_value());
  QCOMPARE((*log.summary)["samples"].get<int>(), 40000);
  QVERIFY(!log.failure);
}

}  // namespace

class TestJobLog : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whole_stream() {
    JobLog log;
    log.feed(stream);
    check(log);
    QCOMPARE(log.ignored, 0);
  }

  void any_two_pieces_are_the_whole() {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      JobLog log;
      log.feed(std::string_view(stream).substr(0, cut));
      log.feed(std::string_view(stream).substr(cut));
      check(log);
    }
  }

  void byte_by_byte_is_the_whole() {
    JobLog log;
    for (const char c : stream) log.feed({&c, 1});
    check(log);
  }

  void a_cut_stream_says_what_it_has() {
    JobLog log;
    log.feed(std::string_view(stream).substr(0, stream.find("\"rate\"")));
    QVERIFY(log.started);
    QCOMPARE(log.phase, std::string("loading models"));
    QVERIFY(!log.summary && !log.failure);
  }

  void failure_has_code_message_and_hint() {
    JobLog log;
    log.feed(
        "{\"v\":1,\"t\":1,\"event\":\"failed\",\"code\":\"device\",\"message\":\"full\","
        "\"hint\":\"free some\"}\n");
    QCOMPARE(log.failure->code, std::string("device"));
    QCOMPARE(log.failure->message, std::string("full"));
    QCOMPARE(log.failure->hint, std::string("free some"));
  }

  void what_is_no_event_is_counted_data() {
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("garbage") << QByteArray("\x01\xff{{{not json");
    QTest::newRow("number") << QByteArray("17");
    QTest::newRow("list") << QByteArray("[1,2]");
    QTest::newRow("other version") << QByteArray("{\"v\":2,\"t\":0,\"event\":\"started\"}");
    QTest::newRow("version as text") << QByteArray("{\"v\":\"1\",\"t\":0,\"event\":\"started\"}");
    QTest::newRow("no name") << QByteArray("{\"v\":1,\"t\":0}");
    QTest::newRow("name is a number") << QByteArray("{\"v\":1,\"t\":0,\"event\":3}");
    QTest::newRow("a million brackets") << QByteArray(1'000'000, '[');
    QTest::newRow("longer than a line may be") << QByteArray(3'000'000, 'x');
    QTest::newRow("bad UTF-8") << QByteArray("{\"v\":1,\"event\":\"sta\xc3\x28\"}");
  }
  void what_is_no_event_is_counted() {
    QFETCH(QByteArray, line);
    JobLog log;
    log.feed(line.toStdString() + "\n");
    QCOMPARE(log.ignored, 1);
    QCOMPARE(log.events, 0);
    log.feed(stream);  // and what comes after is read
    check(log);
  }

  void keys_of_another_type_are_left_out() {
    JobLog log;
    log.feed(
        "{\"v\":1,\"event\":\"progress\",\"done\":\"many\",\"total\":3}\n"
        "{\"v\":1,\"event\":\"progress\",\"done\":-1,\"total\":3}\n"
        "{\"v\":1,\"event\":\"metric\",\"name\":\"x\",\"value\":null,\"step\":1}\n"
        "{\"v\":1,\"event\":\"warning\",\"message\":{\"a\":1}}\n");
    QCOMPARE(log.total, 0);
    QVERIFY(log.metrics.empty());
    QCOMPARE(log.warning_count, 1);
    QVERIFY(log.warnings[0].message.empty());
  }

  void random_damage_never_crashes() {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
      std::string damaged = stream;
      for (int i = 0; i < 5; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
      JobLog log;
      log.feed(damaged);
      QVERIFY(log.events + log.ignored >= 0 && log.events <= 14);
    }
  }

  void memory_is_bounded_and_the_newest_value_is_there() {
    JobLog log;
    constexpr int many = 100'000;
    for (int i = 1; i <= many; ++i)
      log.feed("{\"v\":1,\"event\":\"metric\",\"name\":\"loss\",\"value\":" + std::to_string(i) +
               ".5,\"step\":" + std::to_string(i) +
               "}\n{\"v\":1,\"event\":\"warning\",\"message\":\"m\"}\n");
    const auto& points = log.metrics.at("loss");
    QVERIFY(points.size() <= 4096);
    QVERIFY(points.size() >= 1024);
    QCOMPARE(points.front().step, 1);
    QCOMPARE(points.back().step, many);
    QCOMPARE(points.back().value, many + 0.5);
    for (std::size_t i = 1; i < points.size(); ++i) QVERIFY(points[i].step > points[i - 1].step);
    QCOMPARE(log.warning_count, many);
    QCOMPARE(log.warnings.size(), std::size_t{1000});
  }

  void points_and_architectures_of_a_search() {
    JobLog log;
    log.feed(search_stream);
    QCOMPARE(log.events, 5);
    QCOMPARE(log.ignored, 0);
    QCOMPARE(log.search, std::string("s"));
    QCOMPARE(log.points.size(), std::size_t{2});
    const auto& course = log.points.at(0.5);
    QCOMPARE(course.size(), std::size_t{2});
    QCOMPARE(course[1].step, 20);
    QCOMPARE(course[1].latency_ms, 3.5);
    QCOMPARE(course[1].loss, 2.25);
    QCOMPARE(course[1].target_ms, 2.5);
    QCOMPARE(course[1].temperature, 4.5);
    QCOMPARE(log.points.at(0.7)[0].temperature, 0.0);
    QCOMPARE(log.probabilities.size(), std::size_t{1});
    QCOMPARE(log.probabilities.at(0.5)[1][0], 0.25F);
    QCOMPARE(log.architectures.size(), std::size_t{1});
    const JobArchitecture& done = log.architectures[0];
    QCOMPARE(done.state, std::string("done"));
    QCOMPARE(done.network, std::string("s-0.5"));
    QCOMPARE(done.options, (std::vector<std::string>{"attention-2", "skip"}));
    QCOMPARE(done.latency_ms, std::optional(2.5));
    QCOMPARE(done.validation_loss, std::optional(1.75));
    QVERIFY(!done.baseline_latency_ms && !done.validation_error);
  }

  void cut_search_streams_say_what_they_have() {
    for (std::size_t cut = 0; cut <= search_stream.size(); ++cut) {
      JobLog whole, halves;
      halves.feed(std::string_view(search_stream).substr(0, cut));
      QCOMPARE(halves.ignored, 0);
      halves.feed(std::string_view(search_stream).substr(cut));
      whole.feed(search_stream);
      QCOMPARE(halves.points.size(), whole.points.size());
      QCOMPARE(halves.points.at(0.5).size(), whole.points.at(0.5).size());
      QCOMPARE(halves.probabilities, whole.probabilities);
    }
  }

  void the_last_architecture_of_a_state_counts() {
    JobLog log;
    const auto feed = [&](const char* state, const char* option) {
      log.feed(std::string(R"({"v":1,"event":"architecture","target":0.5,"state":")") + state +
               R"(","options":[")" + option + "\"]}\n");
    };
    feed("searching", "skip");
    feed("searching", "attention-1");
    feed("retraining", "attention-4");
    QCOMPARE(log.architectures.size(), std::size_t{2});
    QCOMPARE(log.architectures[0].options[0], std::string("attention-1"));
    QCOMPARE(log.architectures[1].options[0], std::string("attention-4"));
  }

  void what_is_no_point_is_counted_data() {
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
  void what_is_no_point_is_counted() {
    QFETCH(QByteArray, fields);
    JobLog log;
    log.feed("{\"v\":1,\"t\":1," + fields.toStdString() + "}\n");
    QCOMPARE(log.ignored, 1);
    QCOMPARE(log.events, 0);
    QVERIFY(log.points.empty() && log.probabilities.empty() && log.architectures.empty());
    log.feed(search_stream);
    QCOMPARE(log.events, 5);
  }

  void damaged_search_streams_never_crash() {
    std::mt19937 random(13);
    for (int round = 0; round < 3000; ++round) {
      std::string damaged = search_stream;
      for (int i = 0; i < 5; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
      JobLog log;
      log.feed(damaged);
      for (const auto& [target, course] : log.points) {
        QVERIFY(target > 0 && target <= 10 && !course.empty());
        for (const auto& point : course)
          QVERIFY(std::isfinite(point.latency_ms) && std::isfinite(point.loss));
      }
      for (const auto& [target, map] : log.probabilities)
        for (const auto& slot : map) QCOMPARE(slot.size(), slot_options().size());
    }
  }

  void a_step_that_comes_again_replaces_what_followed() {
    JobLog log;
    for (const int step : {10, 20, 30, 40, 20, 30}) log.feed(point_line(0.5, step, step + 0.5));
    const auto& course = log.points.at(0.5);
    QCOMPARE(course.size(), std::size_t{3});
    QCOMPARE(course[0].step, 10);
    QCOMPARE(course[1].step, 20);
    QCOMPARE(course[2].step, 30);
  }

  void ten_thousand_points_are_bounded_and_quick() {
    std::string lines;
    constexpr int many = 10'000;
    for (int step = 1; step <= many; ++step) lines += point_line(0.5, step, step + 0.25);
    QElapsedTimer timer;
    timer.start();
    JobLog log;
    log.feed(lines);
    // Some 60 ms here; a second is what the panel's rate of 10,000 events a second leaves.
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    const auto& course = log.points.at(0.5);
    QCOMPARE(log.events, many);
    QVERIFY(course.size() <= 4096 && course.size() >= 2048);
    QCOMPARE(course.front().step, 1);
    QCOMPARE(course.back().step, many);
    QCOMPARE(course.back().loss, many + 0.25);
    for (std::size_t i = 1; i < course.size(); ++i) QVERIFY(course[i].step > course[i - 1].step);
    // Evenly: no gap is wider than two strides.
    for (std::size_t i = 1; i < course.size(); ++i)
      QVERIFY(course[i].step - course[i - 1].step <= 8);
  }

  void targets_and_architectures_are_bounded() {
    JobLog log;
    for (int i = 1; i <= 2000; ++i) {
      const double target = i / 1000.0;
      log.feed(point_line(target, 1, 1));
      log.feed(R"({"v":1,"event":"architecture","state":"done","options":[],"target":)" +
               std::to_string(target) + "}\n");
    }
    QCOMPARE(log.points.size(), std::size_t{256});
    QVERIFY(log.architectures.size() <= 768);
    QVERIFY(log.ignored > 2000);
  }
};

int test_job_log(int argc, char** argv) {
  TestJobLog test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_job_log.moc"

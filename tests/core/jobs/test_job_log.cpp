#include <random>

#include <QtTest>

#include "core/jobs/event_fields.h"
#include "core/jobs/job_log.h"

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

/// A kind with an event of its own: the sum of what it counts.
class CountEvents : public KindEvents {
 public:
  std::optional<bool> take(std::string_view event, const nlohmann::json& fields) override {
    if (event != "count") return std::nullopt;
    const auto number = whole_field(fields, "number");
    sum += number.value_or(0);
    return number.has_value();
  }
  std::int64_t sum = 0;
};

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

  void notes_are_kept_to_a_hundred() {
    JobLog log;
    for (int i = 0; i < 150; ++i)
      log.feed("{\"v\":1,\"t\":1,\"event\":\"note\",\"code\":\"decoder\",\"message\":\"note " +
               std::to_string(i) + "\"}\n");
    QCOMPARE(log.notes.size(), std::size_t{100});
    QCOMPARE(log.notes[99], std::string("note 99"));
    QCOMPARE(log.events, 150);
    QCOMPARE(log.ignored, 0);
    QCOMPARE(log.warning_count, 0);
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

  void a_kind_keeps_its_own_events() {
    JobLog log(std::make_unique<CountEvents>());
    log.feed(
        "{\"v\":1,\"t\":1,\"event\":\"count\",\"number\":3}\n"
        "{\"v\":1,\"t\":2,\"event\":\"count\",\"number\":\"many\"}\n"
        "{\"v\":1,\"t\":3,\"event\":\"of another kind\",\"number\":5}\n");
    QCOMPARE(log.own<CountEvents>()->sum, 3);
    QCOMPARE(log.events, 2);
    QCOMPARE(log.ignored, 1);
    QCOMPARE(log.seconds, 3.0);
    log.feed(stream);  // the events of every job stay the log's
    QCOMPARE(log.total, 40000);
    // Without a record, an event of a kind counts like any event that is not known.
    JobLog plain;
    plain.feed("{\"v\":1,\"t\":1,\"event\":\"count\",\"number\":3}\n");
    QVERIFY(plain.own<CountEvents>() == nullptr);
    QCOMPARE(plain.events, 1);
  }
};

int test_job_log(int argc, char** argv) {
  TestJobLog test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_job_log.moc"

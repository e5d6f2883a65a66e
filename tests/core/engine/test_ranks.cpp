#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QFile>
#include <QMap>
#include <QtTest>
#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "core/engine/inference/rank_device.h"
#include "core/engine/inference/rank_share.h"
#include "core/engine/ranks/rank_store.h"
#include "core/engine/ranks/store_host.h"
#include "tests/core/engine/rank_tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// "RANK=1 WORLD_SIZE=2" as an environment.
Result<RankEnvironment> ranks_of(const QString& words) {
  std::map<std::string, std::string> variables;
  for (const QString& word : words.split(' ', Qt::SkipEmptyParts))
    variables[word.section('=', 0, 0).toStdString()] = word.section('=', 1).toStdString();
  return rank_environment([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

/// A port of this machine that nobody has; `keep`: the socket stays open, and the port taken.
int free_port(int* keep = nullptr) {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening, 1) != 0 ||
      ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    qFatal("no port");
  if (keep)
    *keep = listening;
  else
    ::close(listening);
  return ntohs(address.sin_port);
}

RankEnvironment one_of(int rank, int world, int port) {
  RankEnvironment ranks;
  ranks.rank = ranks.local_rank = rank;
  ranks.world = ranks.local_world = world;
  ranks.address = "127.0.0.1";
  ranks.port = port;
  return ranks;
}

/// Ranks of which each is a thread here, and the process that holds their store.
struct MetRanks {
  StoreHost host;
  std::vector<std::shared_ptr<RankStore>> stores;

  RankStore& operator[](std::size_t rank) { return *stores[rank]; }
  /// They leave at once: rank 0 waits for the others.
  void leave() {
    std::vector<std::jthread> leaving;
    for (auto& store : stores) leaving.emplace_back([&store] { store->leave(); });
  }
};

/// All ranks, met.
MetRanks met(int world, const RankLimits& limits = {}) {
  const int port = free_port();
  MetRanks ranks{value(StoreHost::begin(port)), {}};
  ranks.stores.resize(static_cast<std::size_t>(world));
  std::vector<std::jthread> meeting;
  for (int rank = 0; rank < world; ++rank)
    meeting.emplace_back([&, rank] {
      auto own = one_of(rank, world, port);
      own.store_is_hosted = true;
      ranks.stores[static_cast<std::size_t>(rank)] = value(RankStore::meet(own, limits));
    });
  meeting.clear();
  return ranks;
}

QString trouble_of(const RankStore& store) {
  const auto error = store.trouble();
  return error ? QString::fromStdString(error->message) : QString();
}

}  // namespace

void TestRankEnvironment::who_a_process_is_data() {
  QTest::addColumn<QString>("words");
  QTest::addColumn<QList<int>>("numbers");  // rank, world, local rank, local world
  QTest::addColumn<QString>("meeting");
  const QString at = " MASTER_ADDR=node1 MASTER_PORT=29500";
  QTest::newRow("nobody says anything") << "" << QList{0, 1, 0, 1} << ":0";
  QTest::newRow("one rank meets nobody") << "RANK=0 WORLD_SIZE=1" << QList{0, 1, 0, 1} << ":0";
  QTest::newRow("torchrun") << "RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4" + at
                            << QList{5, 8, 1, 4} << "node1:29500";
  QTest::newRow("by hand") << "RANK=1 WORLD_SIZE=2" + at << QList{1, 2, 1, 2} << "node1:29500";
  QTest::newRow("a batch script without srun")
      << "SLURM_NTASKS=4 SLURM_PROCID=0 SLURM_JOB_ID=7" << QList{0, 1, 0, 1} << ":0";
  QTest::newRow("the step of a batch script")
      << "SLURM_NTASKS=4 SLURM_PROCID=0 SLURM_STEP_ID=4294967291" << QList{0, 1, 0, 1} << ":0";
  QTest::newRow("srun on one machine")
      << "SLURM_NTASKS=4 SLURM_PROCID=3 SLURM_LOCALID=3 SLURM_STEP_ID=0 SLURM_STEP_NUM_NODES=1 "
         "SLURM_JOB_ID=12"
      << QList{3, 4, 3, 4} << "127.0.0.1:15012";
  QTest::newRow("srun on several")
      << "SLURM_NTASKS=4 SLURM_PROCID=3 SLURM_LOCALID=1 SLURM_STEP_ID=2 SLURM_STEP_NUM_NODES=2 "
         "SLURM_STEP_TASKS_PER_NODE=2(x2) SLURM_STEP_NODELIST=gpu[03-04] SLURM_JOB_ID=100010"
      << QList{3, 4, 1, 2} << "gpu03:15012";
  QTest::newRow("srun on machines with several tasks and with one")
      << "SLURM_NTASKS=7 SLURM_PROCID=6 SLURM_LOCALID=0 SLURM_STEP_ID=2 SLURM_STEP_NUM_NODES=4 "
         "SLURM_STEP_TASKS_PER_NODE=2(x3),1 SLURM_NODEID=3 SLURM_STEP_NODELIST=gpu[03-06]"
      << QList{6, 7, 0, 1} << "gpu03:15002";
  QTest::newRow("srun whose first machine has the fewest")
      << "SLURM_NTASKS=4 SLURM_PROCID=3 SLURM_LOCALID=2 SLURM_STEP_ID=2 SLURM_STEP_NUM_NODES=2 "
         "SLURM_TASKS_PER_NODE=1,3 SLURM_NODEID=1 SLURM_STEP_NODELIST=a,b"
      << QList{3, 4, 2, 3} << "a:15002";
  QTest::newRow("a step of fewer tasks than its job")
      << "SLURM_NTASKS=4 SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_STEP_ID=0"
      << QList{0, 1, 0, 1} << ":0";
  QTest::newRow("torchrun, once a machine, by srun")
      << "RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=1 SLURM_NTASKS=4 SLURM_PROCID=3 "
         "SLURM_LOCALID=3 SLURM_STEP_ID=0" +
             at
      << QList{0, 2, 0, 1} << "node1:29500";
}

void TestRankEnvironment::who_a_process_is() {
  QFETCH(QString, words);
  QFETCH(QList<int>, numbers);
  QFETCH(QString, meeting);
  const auto ranks = value(ranks_of(words));
  QCOMPARE((QList{ranks.rank, ranks.world, ranks.local_rank, ranks.local_world}), numbers);
  QCOMPARE(QString::fromStdString(ranks.address) + ":" + QString::number(ranks.port), meeting);
}

void TestRankEnvironment::contradictions_are_named_data() {
  QTest::addColumn<QString>("words");
  QTest::addColumn<QString>("named");
  const QString at = " MASTER_ADDR=a MASTER_PORT=1";
  QTest::newRow("no number") << "RANK=one WORLD_SIZE=2" + at << "RANK: 'one'";
  QTest::newRow("a rank alone") << "RANK=1" + at << "WORLD_SIZE: it is not set";
  QTest::newRow("a world alone") << "WORLD_SIZE=2" + at << "RANK: it is not set";
  QTest::newRow("counted from 1") << "RANK=2 WORLD_SIZE=2" + at << "RANK: rank 2 of 2";
  QTest::newRow("below 0") << "RANK=-1 WORLD_SIZE=2" + at << "RANK: '-1'";
  QTest::newRow("nobody") << "RANK=0 WORLD_SIZE=0" + at << "WORLD_SIZE: '0'";
  QTest::newRow("more here than in all")
      << "RANK=0 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=3" + at << "WORLD_SIZE: there are 2";
  QTest::newRow("a local rank too many")
      << "RANK=0 WORLD_SIZE=2 LOCAL_RANK=2 LOCAL_WORLD_SIZE=2" + at << "LOCAL_RANK: local rank 2";
  QTest::newRow("no address") << "RANK=0 WORLD_SIZE=2 MASTER_PORT=1"
                              << "MASTER_ADDR: it is not";
  QTest::newRow("no port") << "RANK=0 WORLD_SIZE=2 MASTER_ADDR=a"
                           << "MASTER_PORT: it is not set";
  QTest::newRow("a port that is none") << "RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000"
                                       << "MASTER_PORT: '70000'";
  QTest::newRow("a step without its rank") << "SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_LOCALID=0"
                                           << "SLURM_PROCID: it is not set";
  QTest::newRow("a step that says no machine")
      << "SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_LOCALID=0 SLURM_PROCID=0"
      << "MASTER_ADDR: neither";
  const QString step = "SLURM_NTASKS=4 SLURM_PROCID=3 SLURM_LOCALID=2 SLURM_STEP_ID=0 " +
                       QString("SLURM_STEP_NUM_NODES=2 SLURM_STEP_NODELIST=a,b ");
  QTest::newRow("tasks of machines that are no list")
      << step + "SLURM_STEP_TASKS_PER_NODE=1,3(x SLURM_NODEID=1"
      << "SLURM_STEP_TASKS_PER_NODE: '1,3(x' does not say how many tasks machine 1 has";
  QTest::newRow("a machine beyond the list")
      << step + "SLURM_STEP_TASKS_PER_NODE=1,3 SLURM_NODEID=2"
      << "SLURM_STEP_TASKS_PER_NODE: '1,3' does not say how many tasks machine 2 has";
  QTest::newRow("a list without the machine's number")
      << step + "SLURM_STEP_TASKS_PER_NODE=1,3" << "SLURM_NODEID: it is not set";
  QTest::newRow("more tasks here than the list says")
      << step + "SLURM_STEP_TASKS_PER_NODE=2(x2)" << "SLURM_LOCALID: local rank 2 of 2";
}

void TestRankEnvironment::contradictions_are_named() {
  QFETCH(QString, words);
  QFETCH(QString, named);
  const auto ranks = ranks_of(words);
  QVERIFY(!ranks);
  QCOMPARE(ranks.error().kind, ErrorKind::usage);
  const auto said = QString::fromStdString(to_string(ranks.error()));
  QVERIFY2(said.startsWith(named), qPrintable(said));
}

void TestRankEnvironment::tasks_of_a_machine_are_read_data() {
  QTest::addColumn<QString>("list");
  QTest::addColumn<QList<int>>("tasks");  // of the machines in their order; of none: malformed
  QTest::newRow("one") << "4" << QList{4};
  QTest::newRow("several") << "1,3" << QList{1, 3};
  QTest::newRow("repeated") << "2(x3),1" << QList{2, 2, 2, 1};
  QTest::newRow("repeated last") << "1,2(x2)" << QList{1, 2, 2};
  for (const char* wrong :
       {"", ",", "2,", ",2", "2(x", "2(x)", "2(x0)", "2(x-1)", "2x3", "(x3)", "2(x3)1", "2(x3", "0",
        "-1", "2, 3", "two", "2(x99999999)", "99999999999999999999", "2(x3),1,"})
    QTest::addRow("malformed %s", wrong) << QString::fromLatin1(wrong) << QList<int>();
}

void TestRankEnvironment::tasks_of_a_machine_are_read() {
  QFETCH(QString, list);
  QFETCH(QList<int>, tasks);
  const std::string text = list.toStdString();
  for (int machine = 0; machine < tasks.size(); ++machine)
    QCOMPARE(tasks_of_machine(text, machine), std::optional<int>(tasks[machine]));
  QVERIFY(!tasks_of_machine(text, tasks.size()));
  QVERIFY(!tasks_of_machine(text, -1));
}

void TestRankEnvironment::ranks_have_a_device_each_data() {
  QTest::addColumn<QString>("asked");
  QTest::addColumn<int>("local_rank");
  QTest::addColumn<int>("gpus");
  QTest::addColumn<bool>("chosen");
  QTest::addColumn<QString>("device");  // empty: an error
  QTest::newRow("its own GPU") << "auto" << 1 << 2 << false << "cuda:1";
  QTest::newRow("no GPU") << "auto" << 1 << 0 << false << "cpu";
  QTest::newRow("the CPU is asked for") << "cpu" << 1 << 2 << false << "cpu";
  QTest::newRow("the only one that it sees") << "auto" << 1 << 1 << true << "cuda:0";
  QTest::newRow("more ranks than GPUs") << "auto" << 2 << 2 << false << "";
  QTest::newRow("one GPU for all") << "cuda" << 1 << 1 << false << "";
  QTest::newRow("the same for all") << "cuda:0" << 1 << 2 << false << "";
}

void TestRankEnvironment::ranks_have_a_device_each() {
  QFETCH(QString, asked);
  QFETCH(int, local_rank);
  QFETCH(int, gpus);
  QFETCH(bool, chosen);
  QFETCH(QString, device);
  const auto text =
      device_text_of_rank(asked.toStdString(), one_of(local_rank, 3, 1), gpus, chosen);
  QCOMPARE(QString::fromStdString(text.value_or("")), device);
}

void TestRankShare::shares_are_a_partition_data() {
  QTest::addColumn<int>("samples");
  QTest::addColumn<int>("voters");
  QTest::addColumn<int>("batch");
  QTest::addColumn<int>("world");
  for (const int samples : {1, 63, 2048, 10000})
    for (const int batch : {16, 64, 512, 2048})
      for (const int world : {1, 2, 3, 8, 50})
        QTest::addRow("%d samples, batches of %d, %d ranks", samples, batch, world)
            << samples << 3 << batch << world;
}

void TestRankShare::shares_are_a_partition() {
  QFETCH(int, samples);
  QFETCH(int, voters);
  QFETCH(int, batch);
  QFETCH(int, world);
  // All but what some voter has already: 100 samples in the middle, and a block of the last voter.
  std::vector<ShardRange> missing;
  std::set<std::pair<std::int64_t, std::size_t>> wanted;
  for (std::int64_t first = 0; first < samples; first += shard_samples) {
    ShardRange range{first, std::min<std::int64_t>(shard_samples, samples - first), {}};
    for (int v = 0; v < voters - (first == shard_samples ? 1 : 0); ++v)
      range.voters.push_back(static_cast<std::size_t>(v));
    const std::int64_t hole = range.count > 1000 ? 500 : range.count;
    missing.push_back({range.first, hole, range.voters});
    if (range.count > 1000) missing.push_back({first + 600, range.count - 600, range.voters});
  }
  std::int64_t total = 0;
  for (const ShardRange& range : missing)
    for (const std::size_t v : range.voters)
      for (std::int64_t i = 0; i < range.count; ++i, ++total) wanted.insert({range.first + i, v});
  std::set<std::pair<std::int64_t, std::size_t>> found;
  for (int rank = 0; rank < world; ++rank) {
    const auto share = share_of_rank(missing, batch, rank, world);
    std::int64_t own = 0;
    for (const ShardRange& range : share) {
      // Within a block, and whole batches of it but where the range itself begins or ends.
      QCOMPARE(range.first / shard_samples, (range.first + range.count - 1) / shard_samples);
      const auto is_edge = [&](std::int64_t place) {
        return place % shard_samples % batch == 0 ||
               std::ranges::any_of(missing, [&](const ShardRange& whole) {
                 return whole.first == place || whole.first + whole.count == place;
               });
      };
      QVERIFY(is_edge(range.first) && is_edge(range.first + range.count));
      for (const std::size_t v : range.voters)
        for (std::int64_t i = 0; i < range.count; ++i, ++own)
          QVERIFY(found.insert({range.first + i, v}).second);
    }
    QVERIFY(std::abs(static_cast<double>(own) - static_cast<double>(total) / world) <= batch);
    const auto again = share_of_rank(missing, batch, rank, world);
    QCOMPARE(again.size(), share.size());
    for (std::size_t i = 0; i < share.size(); ++i) {
      QCOMPARE(again[i].first, share[i].first);
      QCOMPARE(again[i].voters, share[i].voters);
    }
  }
  QCOMPARE(found, wanted);
}

void TestRankStore::words_are_shared() {
  auto ranks = met(3);
  succeed(ranks[1].set("word", "from 1"));
  QCOMPARE(value(ranks[2].get("word")), std::string("from 1"));
  QVERIFY(!value(ranks[0].find("none")));
  QCOMPARE(value(ranks[0].add("sum", 2)), std::int64_t{2});
  QCOMPARE(value(ranks[2].add("sum", 3)), std::int64_t{5});
  for (auto& store : ranks.stores) store->begin_watch();
  {
    std::vector<std::jthread> all;
    for (auto& store : ranks.stores) all.emplace_back([&store] { succeed(store->barrier("all")); });
  }
  const auto stopped = ranks[0].get("never", {}, [] { return true; });
  QCOMPARE(stopped.error().kind, ErrorKind::cancelled);
  const auto late = ranks[0].get("never", std::chrono::milliseconds(50));
  QVERIFY(QString::fromStdString(late.error().message).contains("did not answer"));
  for (auto& store : ranks.stores) QVERIFY(!store->trouble());
  ranks.leave();
}

void TestRankStore::a_rank_that_gives_up_ends_the_others_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<QString>("said");
  QTest::newRow("an error") << int(ErrorKind::bad_input) << "gave up: x.pt: it is gone";
  QTest::newRow("cancelled") << int(ErrorKind::cancelled) << "was cancelled";
}

void TestRankStore::a_rank_that_gives_up_ends_the_others() {
  QFETCH(int, kind);
  QFETCH(QString, said);
  RankLimits limits;
  limits.silence = std::chrono::milliseconds(2000);
  auto ranks = met(3, limits);
  for (auto& store : ranks.stores) store->begin_watch();
  std::jthread gives_up([&] { ranks[2].give_up({ErrorKind(kind), "it is gone", "x.pt", ""}); });
  for (const int rank : {0, 1}) {
    const auto waited = ranks[static_cast<std::size_t>(rank)].get("never");
    QVERIFY(!waited);
    QCOMPARE(int(waited.error().kind), kind);
    const auto message = QString::fromStdString(waited.error().message);
    QVERIFY2(message.startsWith("rank 2") && message.contains(said), qPrintable(message));
  }
  QTRY_VERIFY(ranks[1].trouble().has_value());
  gives_up.join();
  ranks.leave();
}

void TestRankStore::a_silent_rank_is_named() {
  RankLimits limits;
  limits.silence = std::chrono::milliseconds(2000);
  auto ranks = met(3, limits);
  for (auto& store : ranks.stores) store->begin_watch();
  for (auto& store : ranks.stores) QVERIFY(!store->trouble());
  QTest::qWait(1200);       // each has given a sign
  ranks.stores[2].reset();  // as a process that was killed: it says nothing any more
  QTRY_VERIFY(ranks[0].trouble().has_value());
  QVERIFY(trouble_of(ranks[0]).contains("nothing was heard from rank 2"));
  QTRY_VERIFY(ranks[1].trouble().has_value());
  QVERIFY(trouble_of(ranks[1]).contains("rank 2"));
  ranks.stores.pop_back();
  ranks.leave();
}

void TestRankStore::a_store_that_is_silent_is_not_waited_for() {
  QFile children(QStringLiteral("/proc/thread-self/children"));
  if (!children.open(QIODevice::ReadOnly)) QSKIP("this kernel does not list children");
  const auto before = children.readAll().split(' ');
  RankLimits limits;
  limits.silence = std::chrono::milliseconds(500);
  auto ranks = met(2, limits);
  children.close();
  QVERIFY(children.open(QIODevice::ReadOnly));
  int host = 0;
  for (const QByteArray& child : children.readAll().split(' '))
    if (!child.isEmpty() && !before.contains(child)) host = child.toInt();
  QVERIFY(host > 0);
  // As a machine that is gone: the connection stands, and nobody answers.
  QCOMPARE(::kill(host, SIGSTOP), 0);
  QElapsedTimer timer;
  timer.start();
  const auto waited = ranks[1].get("never");
  const qint64 took = timer.elapsed();
  const auto again = ranks[1].trouble();
  const auto added = ranks[1].add("sum", 1);
  ::kill(host, SIGCONT);
  QVERIFY(!added);
  QVERIFY(!waited);
  QCOMPARE(waited.error().kind, ErrorKind::device);
  const auto said = QString::fromStdString(waited.error().message);
  QVERIFY2(said.contains("it did not answer for 0.5 s"), qPrintable(said));
  QVERIFY2(took < 5000, qPrintable(QString::number(took)));
  QVERIFY(again.has_value());
  QTest::qWait(200);  // the question that was left behind has its answer
  ranks.leave();
}

void TestRankStore::ranks_that_do_not_come_are_counted() {
  RankLimits limits;
  limits.meet = std::chrono::milliseconds(300);
  const auto alone = RankStore::meet(one_of(0, 3, free_port()), limits);
  QVERIFY(!alone);
  const auto said = QString::fromStdString(to_string(alone.error()));
  QVERIFY2(said.contains("only 1 of 3 ranks connected within 0.3 s"), qPrintable(said));
}

void TestRankStore::a_port_that_is_taken_is_named() {
  int taken = -1;
  const int port = free_port(&taken);
  const auto store = RankStore::meet(one_of(0, 2, port));
  ::close(taken);
  QVERIFY(!store);
  QCOMPARE(store.error().kind, ErrorKind::device);
  const auto said = QString::fromStdString(to_string(store.error()));
  QVERIFY2(said.contains(QString::number(port)) && said.contains("MASTER_PORT"), qPrintable(said));
}

}  // namespace plumbline::test

#include <QtTest>

#include "core/types/voter.h"
#include "tests/core/types/random_text.h"
#include "tests/core/types/tests.h"

namespace plumbline::test {

namespace {

QStringList texts_of(const std::vector<Voter>& voters) {
  QStringList texts;
  for (const Voter& voter : voters) texts << QString::fromStdString(to_string(voter));
  return texts;
}

std::string joined(const std::vector<Voter>& voters) {
  return texts_of(voters).join(',').toStdString();
}

}  // namespace

void TestVoter::voters_are_read_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QStringList>("expected");
  QTest::newRow("one") << "A:identity" << QStringList{"A:identity"};
  QTest::newRow("model alone") << "A" << QStringList{"A:identity"};
  QTest::newRow("two") << "A:identity,B:flip_x" << QStringList{"A:identity", "B:flip_x"};
  QTest::newRow("order is kept") << "B:flip_x,A" << QStringList{"B:flip_x", "A:identity"};
  QTest::newRow("white space") << " A : flip_x , B " << QStringList{"A:flip_x", "B:identity"};
  QTest::newRow("values") << "A:gamma(0.8),A:gamma=1.25"
                          << QStringList{"A:gamma=0.8", "A:gamma=1.25"};
  QTest::newRow("names of files") << "res-net_56.v2:gamma"
                                  << QStringList{"res-net_56.v2:gamma=0.8"};
}

void TestVoter::voters_are_read() {
  QFETCH(QString, text);
  QFETCH(QStringList, expected);
  const auto voters = parse_voters(text.toStdString());
  QVERIFY2(voters, voters ? "" : to_string(voters.error()).c_str());
  QCOMPARE(texts_of(*voters), expected);
}

void TestVoter::bad_voters_are_refused_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("empty") << "" << "MODEL:VIEW";
  QTest::newRow("no model") << ":identity" << "MODEL:VIEW";
  QTest::newRow("comma at the end") << "A:identity," << "MODEL:VIEW";
  QTest::newRow("no view") << "A:" << "views:";
  QTest::newRow("unknown view") << "A:mirror" << "mirror";
  QTest::newRow("out of range") << "A:gamma=9" << "from 0.2 to 5";
  QTest::newRow("two colons") << "A:identity:flip_x" << "identity:flip_x";
  QTest::newRow("twice") << "A:flip_x,B,A:flip_x" << "A:flip_x";
  QTest::newRow("twice, written differently") << "A,A:identity" << "A:identity";
  QTest::newRow("twice, same value") << "A:gamma,A:gamma(0.80)" << "A:gamma=0.8";
}

void TestVoter::bad_voters_are_refused() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto voters = parse_voters(text.toStdString());
  QVERIFY(!voters);
  QCOMPARE(voters.error().kind, ErrorKind::usage);
  QVERIFY2(QString::fromStdString(to_string(voters.error())).contains(named),
           to_string(voters.error()).c_str());
}

void TestVoter::cross_has_models_outer_and_views_inner() {
  const auto voters = cross({"A", "B"}, parse_views("identity,flip_x,gamma").value());
  QCOMPARE(texts_of(voters), QStringList({"A:identity", "A:flip_x", "A:gamma=0.8", "B:identity",
                                          "B:flip_x", "B:gamma=0.8"}));
  QVERIFY(cross({}, parse_views("identity").value()).empty());
  QVERIFY(cross({"A"}, {}).empty());
}

void TestVoter::cross_reads_back() {
  const auto voters = cross({"lenet5", "resnet-56"}, parse_views("flip_x,gamma=0.7").value());
  QVERIFY(parse_voters(joined(voters)).value() == voters);
}

void TestVoter::random_bytes_are_refused_or_read_back() {
  std::mt19937 random(13);
  int good = 0;
  for (int i = 0; i < 200000; ++i) {
    const std::string text = random_text(random, 40);
    const auto voters = parse_voters(text);
    if (!voters) {
      QCOMPARE(voters.error().kind, ErrorKind::usage);
      QVERIFY(!voters.error().message.empty());
      continue;
    }
    ++good;
    QVERIFY(!voters->empty());
    // Joined as bytes: a model's name may be any.
    std::string again;
    for (const Voter& voter : *voters) again += (again.empty() ? "" : ",") + to_string(voter);
    QVERIFY2(parse_voters(again).value() == *voters, text.c_str());
  }
  QVERIFY2(good > 100, "the noise never comes past the parser's first check");
}

}  // namespace plumbline::test

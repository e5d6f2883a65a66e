#include <QtTest>
#include <cmath>
#include <map>

#include "core/stress/damage.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/stress/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

const std::vector<std::string> names = {"cat", "dog", "fox", "owl"};

/// Random distributions in blocks of uneven length, and the votes that belong to them.
struct Drawn {
  OwnedTable table;
  std::vector<std::vector<std::vector<double>>> rows;  ///< voter, sample, class
  HeldSplit split;

  Drawn(std::size_t samples, std::size_t voters, std::size_t classes, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, 2);
    table.predicted.resize(voters);
    table.confidence.resize(voters);
    table.log_prob.resize(voters);
    rows.resize(voters);
    for (std::size_t i = 0; i < samples; ++i) {
      const auto label = static_cast<ClassIndex>(random() % classes);
      table.labels.push_back(label);
      for (std::size_t v = 0; v < voters; ++v) {
        std::vector<double> row(classes);
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c)
          sum += row[c] = std::exp(normal(random) + (c == label ? 3 : 0));
        for (double& p : row) p /= sum;
        const auto top = std::max_element(row.begin(), row.end());
        const float confidence = static_cast<float>(*top);
        *top = static_cast<double>(confidence);
        table.predicted[v].push_back(static_cast<ClassIndex>(top - row.begin()));
        table.confidence[v].push_back(confidence);
        table.log_prob[v].push_back(static_cast<float>(std::log(row[label])));
        rows[v].push_back(std::move(row));
      }
    }
    split.votes = table.table();
    for (std::size_t begin = 0; begin < samples; begin += 37) {
      HeldSplit::Block block{begin, std::min(begin + 37, samples), classes, {}};
      for (std::size_t v = 0; v < voters; ++v) {
        std::vector<double> values;
        for (std::size_t i = block.begin; i < block.end; ++i)
          values.insert(values.end(), rows[v][i].begin(), rows[v][i].end());
        block.probabilities.push_back(
            std::make_shared<const std::vector<double>>(std::move(values)));
      }
      split.blocks.push_back(std::move(block));
    }
  }
};

std::vector<double> row_of(const HeldSplit& split, std::size_t voter, std::size_t sample) {
  for (const HeldSplit::Block& block : split.blocks)
    if (sample >= block.begin && sample < block.end) {
      const double* row =
          block.probabilities[voter]->data() + (sample - block.begin) * block.classes;
      return {row, row + block.classes};
    }
  return {};
}

Damage damage_of(const std::string& text) { return value(parse_damage("voter=a," + text, names)); }

}  // namespace

void TestDamage::damages_are_read_and_written_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("written");
  QTest::newRow("defaults") << "voter=a" << "voter=a:identity,kind=noise,rate=0.2";
  QTest::newRow("all") << " kind=constant, voter=a:gamma=0.5,rate=1,seed=7,class=fox"
                       << "voter=a:gamma=0.5,kind=constant,rate=1,seed=7,class=2";
  QTest::newRow("a class by its place") << "voter=a,kind=constant,class=3"
                                        << "voter=a:identity,kind=constant,rate=0.2,class=3";
  QTest::newRow("shuffle") << "voter=a:flip_x,kind=shuffle,rate=0"
                           << "voter=a:flip_x,kind=shuffle,rate=0";
}

void TestDamage::damages_are_read_and_written() {
  QFETCH(QString, text);
  QFETCH(QString, written);
  const Damage damage = value(parse_damage(text.toStdString(), names));
  QCOMPARE(QString::fromStdString(to_string(damage)), written);
  QCOMPARE(value(parse_damage(to_string(damage), names)), damage);
}

void TestDamage::wrong_damages_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("no voter") << "kind=noise" << "does not name a voter";
  QTest::newRow("empty") << "" << "a damage has no ''";
  QTest::newRow("no view") << "voter=a:fog" << "no view 'fog'";
  QTest::newRow("no kind") << "voter=a,kind=fire" << "noise, constant or shuffle";
  QTest::newRow("too often") << "voter=a,rate=1.5" << "from 0 to 1";
  QTest::newRow("no number") << "voter=a,rate=x" << "from 0 to 1";
  QTest::newRow("no seed") << "voter=a,seed=-1" << "whole number";
  QTest::newRow("no class") << "voter=a,class=9" << "no class '9'";
  QTest::newRow("no key") << "voter=a,how=much" << "no 'how'";
}

void TestDamage::wrong_damages_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto damage = parse_damage(text.toStdString(), names);
  QVERIFY(!damage.has_value());
  QCOMPARE(damage.error().kind, ErrorKind::usage);
  QVERIFY2(QString::fromStdString(to_string(damage.error())).contains(named),
           to_string(damage.error()).c_str());
}

void TestDamage::outputs_equal_a_slow_definition_data() {
  QTest::addColumn<QString>("kind");
  QTest::addColumn<bool>("with_distributions");
  for (const char* kind : {"noise", "constant", "shuffle"})
    for (const bool with : {true, false})
      QTest::newRow(qPrintable(QString("%1%2").arg(kind, with ? ", distributions" : "")))
          << kind << with;
}

void TestDamage::outputs_equal_a_slow_definition() {
  QFETCH(QString, kind);
  QFETCH(bool, with_distributions);
  const Drawn drawn(300, 3, 4, 5);
  HeldSplit split = drawn.split;
  if (!with_distributions) split.blocks.clear();
  const Damage damage = damage_of("kind=" + kind.toStdString() + ",rate=0.3,seed=2,class=1");
  const DamagedSplit damaged = damage_voter(split, 1, damage, 4);
  const VoterVotes& before = split.votes.voters[1];
  const VoterVotes& after = damaged.split.votes.voters[1];
  std::int64_t hit = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    // The row that the damaged voter has: the one before, moved round, certain, or another one's.
    std::vector<std::vector<double>> possible;
    const std::vector<double>& own = drawn.rows[1][i];
    if (kind == "constant") {
      possible.push_back({0, 1, 0, 0});
    } else if (kind == "noise") {
      for (std::size_t shift = 0; shift < 4; ++shift) {
        std::vector<double> row(4);
        for (std::size_t c = 0; c < 4; ++c) row[(c + shift) % 4] = own[c];
        possible.push_back(std::move(row));
      }
    } else {
      for (std::size_t j = 0; j < 300; ++j)
        if (j != i) possible.push_back(drawn.rows[1][j]);
    }
    const auto fits = [&](const std::vector<double>& row) {
      const auto top = std::max_element(row.begin(), row.end());
      if (after.predicted[i] != static_cast<ClassIndex>(top - row.begin()) ||
          after.confidence[i] != static_cast<float>(*top))
        return false;
      if (!with_distributions) return true;
      const double log_prob = std::log(row[drawn.table.labels[i]]);
      return row_of(damaged.split, 1, i) == row &&
             (after.log_prob_label[i] == static_cast<float>(log_prob));
    };
    const bool same = after.predicted[i] == before.predicted[i] &&
                      after.confidence[i] == before.confidence[i] &&
                      after.log_prob_label[i] == before.log_prob_label[i];
    hit += !same;
    QVERIFY(same || std::ranges::any_of(possible, fits));
    if (same && with_distributions) {
      const auto row = row_of(damaged.split, 1, i);
      QVERIFY(row == own || fits(row));
    }
    // Nobody else is touched.
    for (const std::size_t v : {0, 2}) {
      QCOMPARE(damaged.split.votes.voters[v].predicted.data(),
               split.votes.voters[v].predicted.data());
      if (with_distributions) QCOMPARE(row_of(damaged.split, v, i), drawn.rows[v][i]);
    }
  }
  // Some are replaced by what is equal: a class moved by no place, a constant that was voted for.
  QVERIFY(hit <= damaged.hit);
  QVERIFY(damaged.hit > 50 && damaged.hit < 130);
  QCOMPARE(to_string(damage), to_string(damage_of(to_string(damage).substr(17))));
}

void TestDamage::a_rate_hits_as_many_and_rising_rates_nest() {
  const Drawn drawn(4000, 1, 4, 6);
  std::vector<bool> before(4000, false);
  for (const double rate : {0.0, 0.05, 0.3, 0.7, 1.0}) {
    Damage damage;
    damage.kind = DamageKind::constant;
    damage.rate = rate;
    damage.constant_class = 4;  // nobody votes for it, so that every hit is seen
    const DamagedSplit damaged = damage_voter(drawn.split, 0, damage, 4);
    std::int64_t hit = 0;
    for (std::size_t i = 0; i < 4000; ++i) {
      const bool is_hit = damaged.split.votes.voters[0].predicted[i] == 4;
      QVERIFY(is_hit || !before[i]);
      before[i] = is_hit;
      hit += is_hit;
    }
    QCOMPARE(damaged.hit, hit);
    QVERIFY(std::abs(static_cast<double>(hit) - 4000 * rate) <=
            4 * std::sqrt(4000 * rate * (1 - rate)));
    Damage other = damage;
    other.seed = 1;
    const DamagedSplit again = damage_voter(drawn.split, 0, damage, 4);
    const DamagedSplit others = damage_voter(drawn.split, 0, other, 4);
    QVERIFY(std::ranges::equal(again.split.votes.voters[0].predicted,
                               damaged.split.votes.voters[0].predicted));
    if (rate > 0 && rate < 1)
      QVERIFY(!std::ranges::equal(others.split.votes.voters[0].predicted,
                                  damaged.split.votes.voters[0].predicted));
  }
}

void TestDamage::noise_moves_to_every_class_alike() {
  const Drawn drawn(8000, 1, 4, 7);
  const DamagedSplit damaged = damage_voter(drawn.split, 0, damage_of("rate=1"), 4);
  std::map<int, int> by_shift;
  for (std::size_t i = 0; i < 8000; ++i)
    ++by_shift[(damaged.split.votes.voters[0].predicted[i] + 4 - drawn.table.predicted[0][i]) % 4];
  for (const auto& [shift, count] : by_shift)
    QVERIFY(std::abs(count - 2000) < 4 * std::sqrt(8000 * 0.25 * 0.75));
  QCOMPARE(by_shift.size(), std::size_t{4});
}

void TestDamage::a_majority_survives_one_damaged_voter() {
  const Drawn drawn(2000, 5, 4, 8);
  const BoundPolicy majority = *bind(*parse_policy("majority", 5));
  const BoundPolicy mcp = *bind(*parse_policy("mcp(t=0)", 5));
  const DamagedSplit damaged = damage_voter(drawn.split, 0, damage_of("kind=noise,rate=1"), 4);
  const auto accuracy = [](const BoundPolicy& policy, const HeldSplit& split) {
    Decisions decisions;
    decide(policy, split, decisions);
    return decisions.counts.accuracy();
  };
  // One of five at random costs the majority little, and its own voter nearly everything.
  const double lost = accuracy(majority, drawn.split) - accuracy(majority, damaged.split);
  QVERIFY(lost > 0 && 5 * lost < accuracy(mcp, drawn.split) - accuracy(mcp, damaged.split));
  QVERIFY(std::abs(accuracy(mcp, damaged.split) - 0.25) < 0.05);
  QVERIFY(accuracy(mcp, drawn.split) > 0.6);
}

void TestDamage::odd_splits_stay_defined() {
  Drawn one(1, 1, 4, 9);
  for (const char* kind : {"noise", "constant", "shuffle"}) {
    const Damage damage = damage_of("rate=1,kind=" + std::string(kind));
    // There is no other sample to be taken for this one.
    QCOMPARE(damage_voter(one.split, 0, damage, 4).hit,
             std::int64_t{damage.kind == DamageKind::shuffle ? 0 : 1});
    HeldSplit empty;
    empty.votes.voters.emplace_back();
    QCOMPARE(damage_voter(empty, 0, damage, 4).hit, std::int64_t{0});
    // A voter without an output has none afterwards either, and is nobody's other sample.
    Drawn gaps(40, 2, 4, 10);
    for (std::size_t i = 0; i < 40; i += 2) gaps.table.predicted[1][i] = no_class;
    gaps.split.votes = gaps.table.table();
    const DamagedSplit damaged = damage_voter(gaps.split, 1, damage, 4);
    QCOMPARE(damaged.hit, std::int64_t{20});
    for (std::size_t i = 0; i < 40; ++i)
      QCOMPARE(damaged.split.votes.voters[1].predicted[i] == no_class, i % 2 == 0);
  }
}

}  // namespace plumbline::test

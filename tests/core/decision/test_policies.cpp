#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/decision/parallel_ranges.h"
#include "core/decision/verdicts.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/decision/tests.h"

namespace plumbline::test {

namespace {

BoundPolicy policy_of(const std::string& text, std::size_t voters) {
  const auto policy = parse_policy(text, voters);
  if (!policy) qFatal("%s", to_string(policy.error()).c_str());
  return *bind(*policy);
}

Decisions decided(const std::string& text, const OwnedTable& owned) {
  Decisions decisions;
  decide(policy_of(text, owned.predicted.size()), owned.table(), decisions);
  return decisions;
}

/// What a policy on distributions makes of a block that is a whole split.
ReducedScores scored(const std::string& text, const DistributionBlock& block) {
  const std::vector<ClassIndex> labels(block.samples, 0);
  const VoteTable votes{labels, std::vector<VoterVotes>(block.probabilities.size())};
  ReducedScores scores{std::vector<ClassIndex>(block.samples), std::vector<double>(block.samples),
                       std::vector<std::uint8_t>(block.samples, 7),
                       std::vector<std::uint8_t>(block.samples, 7)};
  score_block(policy_of(text, block.probabilities.size()), {votes, 0, block.samples, block},
              {scores.label, scores.score, scores.accept, scores.tie});
  return scores;
}

/// One sample whose voters say these classes with these confidences.
OwnedTable one_sample(std::vector<std::pair<int, float>> votes) {
  OwnedTable owned;
  owned.labels = {0};
  for (const auto& [label, confidence] : votes) {
    owned.predicted.push_back({static_cast<ClassIndex>(label)});
    owned.confidence.push_back({confidence});
    owned.log_prob.push_back({-1.0F});
  }
  return owned;
}

}  // namespace

void TestPolicies::equal_the_definitions_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<int>("voters");
  QTest::addColumn<int>("samples");
  const auto add = [](const QString& text, int voters, int samples) {
    const auto name = QString("%1, %2 voters, %3 samples").arg(text).arg(voters).arg(samples);
    QTest::newRow(qPrintable(name)) << text << voters << samples;
  };
  for (const char* text :
       {"mcp(t=0.35)", "max(t=0.35)", "majority", "unanimous", "polygraph(thr_conf=0.5)",
        "polygraph(thr_conf=0,thr_freq=1)", "polygraph(thr_conf=1,thr_freq=1)"}) {
    for (int voters = 1; voters <= 16; ++voters) add(text, voters, 1000);
    for (const int voters : {33, 64, 100}) add(text, voters, 600);
    // About the edges of the vectors, of a block of samples and of the ranges of threads.
    for (const int samples : {0, 1, 7, 15, 16, 17, 255, 256, 257, 4095, 4097, 100'003})
      for (const int voters : {2, 5}) add(text, voters, samples);
  }
}

void TestPolicies::equal_the_definitions() {
  QFETCH(QString, text);
  QFETCH(int, voters);
  QFETCH(int, samples);
  auto owned = random_table(static_cast<std::size_t>(samples), static_cast<std::size_t>(voters), 5,
                            static_cast<unsigned>(voters * 100 + samples));
  // Some samples have no label and some voters no output for some; not for the first ones.
  for (std::size_t i = 20; i < owned.labels.size(); i += 37) {
    owned.labels[i] = no_class;
    owned.predicted[i % owned.predicted.size()][i / 2 + 5] = no_class;
  }
  const auto table = owned.table();
  const auto policy = policy_of(text.toStdString(), table.voters.size());
  Decisions decisions;
  decide(policy, table, decisions);
  QCOMPARE(decisions.label.size(), table.samples());
  QCOMPARE(decisions.verdict.size(), table.samples());
  std::vector<double> values;
  for (const PolicyValue& value : policy.policy.values()) values.push_back(std::get<double>(value));
  VerdictCounts counts;
  std::int64_t ties = 0;
  for (std::size_t i = 0; i < table.samples(); ++i) {
    const auto expected = reference(std::string(policy.policy.kind().name), values, table, i);
    const bool complete = std::ranges::none_of(
        table.voters, [i](const VoterVotes& voter) { return voter.predicted[i] == no_class; });
    const Verdict verdict = reference_verdict(expected, table, i);
    if (decisions.label[i] != expected.label ||
        (decisions.accept[i] != 0) != (complete && expected.accept) ||
        (decisions.tie[i] != 0) != (complete && expected.tie) || decisions.verdict[i] != verdict ||
        std::abs(decisions.score[i] - expected.score) > 1e-12)
      QFAIL(qPrintable(QString("sample %1 differs").arg(i)));
    ++counts.by_verdict[static_cast<std::size_t>(verdict)];
    ties += verdict != Verdict::unjudged && expected.tie;
  }
  QCOMPARE(decisions.counts.by_verdict, counts.by_verdict);
  QCOMPARE(decisions.counts.judged() + decisions.counts[Verdict::unjudged],
           static_cast<std::int64_t>(samples));
  QCOMPARE(decisions.ties_broken, ties);
}

void TestPolicies::ties_are_broken_as_defined() {
  // Two against two: the class whose votes are surer together.
  auto two = decided("majority", one_sample({{3, 0.6F}, {1, 0.9F}, {3, 0.6F}, {1, 0.2F}}));
  QCOMPARE(int{two.label[0]}, 3);
  QCOMPARE(int{two.tie[0]}, 1);
  QCOMPARE(int{two.accept[0]}, 0);
  QCOMPARE(two.score[0], 2 + double{0.6F});
  // As sure: the lower class.
  QCOMPARE(int{decided("majority", one_sample({{3, 0.5F}, {1, 0.5F}})).label[0]}, 1);
  // For polygraph only confident votes count, also in the tie.
  const auto votes = one_sample({{3, 0.8F}, {1, 0.75F}, {1, 0.6F}, {3, 0.1F}, {1, 0.69F}});
  const auto confident = decided("polygraph(thr_conf=0.7,thr_freq=1)", votes);
  QCOMPARE(int{confident.label[0]}, 3);
  QCOMPARE(int{confident.accept[0]}, 1);
  QCOMPARE(confident.score[0], 1 + double{0.8F});
  QCOMPARE(int{decided("majority", votes).label[0]}, 1);
  // A tie that a later class with more votes makes void.
  const auto late = decided("majority", one_sample({{3, 1.F}, {1, 1.F}, {2, 0.F}, {2, 0.F}}));
  QCOMPARE(int{late.label[0]}, 2);
  QCOMPARE(int{late.tie[0]}, 0);
}

void TestPolicies::every_input_has_a_label() {
  // No confident voter: rejected, under the label of the majority of all.
  const auto none =
      decided("polygraph(thr_conf=0.9,thr_freq=1)", one_sample({{4, 0.3F}, {2, 0.8F}, {4, 0.3F}}));
  QCOMPARE(int{none.label[0]}, 4);
  QCOMPARE(int{none.accept[0]}, 0);
  QCOMPARE(none.score[0], 0.0);
  const auto split = decided("unanimous", one_sample({{4, 0.3F}, {2, 0.8F}, {4, 0.3F}}));
  QCOMPARE(int{split.label[0]}, 4);
  QCOMPARE(int{split.accept[0]}, 0);
}

void TestPolicies::order_of_voters_does_not_matter() {
  const auto owned = random_table(5000, 7, 4, 11);
  OwnedTable turned = owned;
  const std::vector<std::size_t> order = {4, 6, 0, 3, 1, 5, 2};
  for (std::size_t v = 0; v < 7; ++v) {
    turned.predicted[v] = owned.predicted[order[v]];
    turned.confidence[v] = owned.confidence[order[v]];
  }
  for (const char* text : {"majority", "unanimous", "polygraph"}) {
    const auto a = decided(text, owned), b = decided(text, turned);
    QVERIFY(a.label == b.label);
    QVERIFY(a.accept == b.accept);
    QVERIFY(a.score == b.score);
    QVERIFY(a.tie == b.tie);
  }
}

void TestPolicies::raising_a_threshold_accepts_no_more() {
  const auto owned = random_table(3000, 6, 4, 12);
  std::int64_t before = 3001;
  for (int i = 0; i <= 20; ++i) {
    const auto accepted =
        decided("mcp(t=" + std::to_string(i / 20.0) + ")", owned).counts.accepted();
    QVERIFY(accepted <= before);
    before = accepted;
  }
  before = 3001;
  for (int frequency = 1; frequency <= 6; ++frequency) {
    const auto accepted =
        decided("polygraph(thr_freq=" + std::to_string(frequency) + ")", owned).counts.accepted();
    QVERIFY(accepted <= before);
    before = accepted;
  }
}

void TestPolicies::no_threshold_and_all_votes_is_unanimous() {
  const auto owned = random_table(3000, 4, 3, 13);
  const auto a = decided("polygraph(thr_conf=0,thr_freq=4)", owned),
             b = decided("unanimous", owned);
  QVERIFY(a.accept == b.accept);
  QVERIFY(a.label == b.label);
  QVERIFY(a.counts.accepted() > 0);
}

void TestPolicies::threshold_is_compared_in_float32() {
  // 0.7 as float32 is below 0.7 as float64: the vote that was stored as 0.7 counts as 0.7.
  QCOMPARE(int{decided("mcp(t=0.7)", one_sample({{0, 0.7F}})).accept[0]}, 1);
  QCOMPARE(int{decided("mcp(t=0.7)", one_sample({{0, std::nextafter(0.7F, 0.F)}})).accept[0]}, 0);
}

void TestPolicies::distributions_are_scored_as_defined_data() {
  QTest::addColumn<QString>("text");
  QTest::newRow("mean") << "mean";
  QTest::newRow("gmean") << "gmean";
}

void TestPolicies::distributions_are_scored_as_defined() {
  QFETCH(QString, text);
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, 2);
  constexpr std::size_t samples = 500, classes = 9;
  std::vector<std::vector<double>> voters(3, std::vector<double>(samples * classes));
  for (auto& values : voters)
    for (std::size_t i = 0; i < samples; ++i) {
      double sum = 0;
      for (std::size_t c = 0; c < classes; ++c)
        sum += values[i * classes + c] = std::exp(normal(random));
      for (std::size_t c = 0; c < classes; ++c) values[i * classes + c] /= sum;
    }
  const auto scores =
      scored(text.toStdString(),
             {samples, classes, {voters[0].data(), voters[1].data(), voters[2].data()}});
  for (std::size_t i = 0; i < samples; ++i) {
    std::vector<std::vector<double>> rows;
    for (const auto& values : voters) {
      auto& row = rows.emplace_back();
      for (std::size_t c = 0; c < classes; ++c) row.push_back(values[i * classes + c]);
    }
    const auto expected = reference_of_distributions(text.toStdString(), rows);
    QCOMPARE(scores.label[i], expected.label);
    QVERIFY(std::abs(scores.score[i] - expected.score) < 1e-12);
    QCOMPARE(int{scores.accept[i]}, int{static_cast<float>(scores.score[i]) >= 0.9F});
    QCOMPARE(int{scores.tie[i]}, 0);
  }
}

void TestPolicies::counts_and_rates() {
  VerdictCounts counts;
  counts.by_verdict = {7688, 586, 846, 880, 3};
  QCOMPARE(counts.judged(), std::int64_t{10'000});
  QCOMPARE(counts.accepted(), std::int64_t{8274});
  QCOMPARE(counts.accuracy(), 0.8568);
  QCOMPARE(counts.coverage(), 0.8274);
  QCOMPARE(counts.selective_risk(), 586.0 / 8274);
  QCOMPARE(counts.generalized_risk(), 0.0586);
  QVERIFY(std::isnan(VerdictCounts().accuracy()));
  QVERIFY(std::isnan(VerdictCounts().selective_risk()));
}

void TestPolicies::samples_without_label_or_output_are_not_judged() {
  auto owned = random_table(1000, 3, 4, 14);
  owned.labels[10] = no_class;
  owned.predicted[2][20] = no_class;
  owned.predicted[0][999] = no_class;
  for (const char* text : {"mcp(t=0)", "majority", "polygraph"}) {
    const auto decisions = decided(text, owned);
    QCOMPARE(decisions.counts[Verdict::unjudged], std::int64_t{3});
    QCOMPARE(decisions.counts.judged(), std::int64_t{997});
    for (const std::size_t i : {10, 20, 999}) QVERIFY(decisions.verdict[i] == Verdict::unjudged);
  }
}

void TestPolicies::numbers_of_threads_give_equal_decisions() {
  const auto owned = random_table(200'001, 5, 4, 15);
  const auto table = owned.table();
  for (const char* text : {"mcp", "majority", "unanimous", "polygraph"}) {
    const auto policy = policy_of(text, 5);
    Decisions one;
    decide(policy, table, one, 1);
    for (const std::size_t threads : {0, 2, 3, 5, 64}) {
      Decisions several;
      decide(policy, table, several, threads);
      QVERIFY(several.label == one.label);
      QVERIFY(several.score == one.score);
      QVERIFY(several.accept == one.accept);
      QVERIFY(several.tie == one.tie);
      QVERIFY(several.verdict == one.verdict);
      QCOMPARE(several.counts.by_verdict, one.counts.by_verdict);
      QCOMPARE(several.ties_broken, one.ties_broken);
    }
  }
}

void TestPolicies::decisions_are_filled_anew() {
  const auto many = random_table(5000, 3, 4, 16), few = random_table(70, 3, 4, 17);
  Decisions used;
  decide(policy_of("majority", 3), many.table(), used);
  decide(policy_of("majority", 3), few.table(), used);
  const auto fresh = decided("majority", few);
  QVERIFY(used.label == fresh.label);
  QVERIFY(used.verdict == fresh.verdict);
  QCOMPARE(used.counts.by_verdict, fresh.counts.by_verdict);
  QCOMPARE(used.ties_broken, fresh.ties_broken);
}

void TestPolicies::what_is_not_a_number_is_not_sure() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto votes = one_sample({{3, nan}, {1, 0.25F}, {3, nan}, {1, 0.25F}});
  const auto all = decided("majority", votes);
  QCOMPARE(int{all.label[0]}, 1);
  QCOMPARE(int{all.tie[0]}, 1);
  QCOMPARE(all.score[0], 2.25);
  const auto confident = decided("polygraph(thr_conf=0,thr_freq=1)", votes);
  QCOMPARE(int{confident.label[0]}, 1);
  QCOMPARE(int{confident.tie[0]}, 0);
  QCOMPARE(int{decided("mcp(t=0)", votes).accept[0]}, 0);
}

void TestPolicies::a_threshold_on_scores_equals_the_definition() {
  auto owned = random_table(100'003, 2, 4, 18);
  owned.labels[1] = no_class;
  owned.predicted[1][2] = no_class;
  const ReducedScores reduced{owned.predicted[0],
                              {owned.confidence[0].begin(), owned.confidence[0].end()},
                              {},
                              std::vector<std::uint8_t>(owned.labels.size(), 0)};
  const auto table = owned.table();
  for (const float threshold : {0.0F, 0.35F, 0.7F, 1.0F}) {
    const auto policy = policy_of("mean(t=" + std::to_string(threshold) + ")", 2);
    Decisions decisions;
    decide(policy, reduced, table, decisions);
    VerdictCounts counts;
    for (std::size_t i = 0; i < table.samples(); ++i) {
      const ReferenceDecision expected = {reduced.label[i],
                                          static_cast<float>(reduced.score[i]) >= threshold};
      const Verdict verdict = reference_verdict(expected, table, i);
      if (decisions.verdict[i] != verdict || decisions.label[i] != reduced.label[i] ||
          decisions.score[i] != reduced.score[i] || decisions.tie[i] != 0)
        QFAIL(qPrintable(QString("sample %1 differs").arg(i)));
      ++counts.by_verdict[static_cast<std::size_t>(verdict)];
    }
    QCOMPARE(decisions.counts.by_verdict, counts.by_verdict);
    QCOMPARE(decisions.counts[Verdict::unjudged], std::int64_t{2});
  }
}

/// 8,202 confidences that float32 beside a number of votes would merge into some thousands.
void TestPolicies::near_scores_stay_distinct() {
  constexpr std::size_t samples = 8202;
  OwnedTable owned;
  owned.labels.assign(samples, 0);
  for (int voter = 0; voter < 2; ++voter) {
    owned.predicted.emplace_back(samples, ClassIndex{0});
    owned.log_prob.emplace_back(samples, -1.0F);
    auto& confidence = owned.confidence.emplace_back(1, 0.9F);
    while (confidence.size() < samples)
      confidence.push_back(std::nextafter(confidence.back(), 1.0F));
  }
  for (const char* text : {"majority", "unanimous", "polygraph", "max", "mcp"}) {
    const auto decisions = decided(text, owned);
    std::set<double> distinct(decisions.score.begin(), decisions.score.end());
    QCOMPARE(distinct.size(), samples);
  }
}

void TestPolicies::equal_means_are_the_lower_class() {
  const double half = 0.5, none = 0;
  const std::vector<double> a = {none, half, half, none}, b = {none, half, none, half};
  const std::vector<double> c = {half, none, none, half};
  const DistributionBlock block{1, 4, {a.data(), b.data(), c.data()}};
  const auto mean = scored("mean", block);
  QCOMPARE(int{mean.label[0]}, 1);
  QVERIFY(std::abs(mean.score[0] - 1.0 / 3) < 1e-15);
  // No class has a probability from all three: the arithmetic mean's label, and not sure at all.
  const auto nowhere = scored("gmean", block);
  QCOMPARE(int{nowhere.label[0]}, 1);
  QCOMPARE(nowhere.score[0], 0.0);
  // Two of them agree on class 1 alone.
  const auto common = scored("gmean", {1, 4, {a.data(), b.data()}});
  QCOMPARE(int{common.label[0]}, 1);
  QCOMPARE(common.score[0], 1.0);
  for (const char* policy : {"mean", "gmean"})
    QCOMPARE(scored(policy, {1, 0, {a.data()}}).label[0], no_class);
}

void TestPolicies::the_surest_voter_is_the_greatest_probability() {
  // As sure: the lower class, wherever it stands.
  QCOMPARE(int{decided("max", one_sample({{3, 0.5F}, {1, 0.5F}})).label[0]}, 1);
  QCOMPARE(int{decided("max", one_sample({{1, 0.5F}, {3, 0.5F}})).label[0]}, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto unsure = decided("max(t=0)", one_sample({{3, nan}, {2, 0.0F}, {4, 0.25F}}));
  QCOMPARE(int{unsure.label[0]}, 4);
  QCOMPARE(unsure.score[0], 0.25);
  // One that has no output casts no vote, however sure it claims to be.
  const auto absent = decided("max(t=0)", one_sample({{no_class, 0.9F}, {2, 0.1F}}));
  QCOMPARE(int{absent.label[0]}, 2);
  QCOMPARE(int{absent.accept[0]}, 0);
}

void TestPolicies::every_sample_is_in_one_range() {
  for (const std::size_t count : {0, 1, 40'000, 333'333})
    for (const std::size_t threads : {1, 2, 3, 16}) {
      std::vector<int> visits(count);
      parallel_ranges(count, 512, threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++visits[i];
      });
      QVERIFY(std::ranges::all_of(visits, [](int n) { return n == 1; }));
    }
}

}  // namespace plumbline::test

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "core/review/classification_table.h"
#include "core/review/query.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

namespace {

/// Votes with many equal values, missing labels and missing outputs.
struct Votes {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence, log_prob;
  std::vector<std::uint8_t> names, tags;
  VoteTable table;
  Decisions decisions;
  std::vector<std::size_t> policy_voters;

  ReviewTable review() const { return classification_table(table, policy_voters, decisions); }
};

Votes make_votes(std::size_t samples, std::size_t voters, unsigned seed) {
  std::mt19937 random(seed);
  Votes votes;
  votes.labels.resize(samples);
  for (auto& label : votes.labels)
    label = random() % 20 == 0 ? no_class : static_cast<ClassIndex>(random() % 5);
  for (std::size_t v = 0; v < voters; ++v) {
    auto& predicted = votes.predicted.emplace_back(samples);
    auto& confidence = votes.confidence.emplace_back(samples);
    auto& log_prob = votes.log_prob.emplace_back(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      const bool missing = random() % 30 == 0;
      predicted[i] = missing ? no_class : static_cast<ClassIndex>(random() % 5);
      confidence[i] = missing ? 0 : static_cast<float>(random() % 21) / 20;
      log_prob[i] = missing || votes.labels[i] == no_class
                        ? std::numeric_limits<float>::quiet_NaN()
                        : -static_cast<float>(random() % 50) / 10;
    }
    if (v % 2 == 0) votes.policy_voters.push_back(v);
  }
  votes.table.labels = votes.labels;
  for (std::size_t v = 0; v < voters; ++v)
    votes.table.voters.push_back({votes.predicted[v], votes.confidence[v], votes.log_prob[v]});
  votes.decisions.label.resize(samples);
  votes.decisions.score.resize(samples);
  votes.decisions.verdict.resize(samples);
  votes.names.resize(samples);
  votes.tags.resize(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    votes.decisions.label[i] = static_cast<ClassIndex>(random() % 5);
    votes.decisions.score[i] = (static_cast<int>(random() % 9) - 4) / 2.0;
    votes.decisions.verdict[i] = static_cast<Verdict>(random() % verdict_kinds);
    votes.names[i] = random() % 3 != 0;
    votes.tags[i] = random() % 2;
  }
  return votes;
}

/// What is asked, in the words of the page.
struct Asked {
  std::array<bool, verdict_kinds> verdicts{};
  std::optional<ClassIndex> truth, label;
  float lowest = 0, highest = 1;
  std::optional<Agreement> agreement;
  std::optional<std::size_t> dissenter;
  bool with_names = false, with_tags = false;
};

ReviewQuery query_of(const Asked& asked, std::string_view sort, bool descending) {
  ReviewQuery query;
  query.verdicts = asked.verdicts;
  query.truth = asked.truth;
  query.label = asked.label;
  query.sort = sort;
  query.descending = descending;
  if (asked.lowest > 0 || asked.highest < 1)
    query.ranges = {
        {std::string(column::confidence), asked.lowest, asked.highest, asked.lowest <= 0}};
  if (asked.agreement)
    query.words = {{std::string(column::agreement),
                    std::uint64_t{1} << static_cast<unsigned>(*asked.agreement)}};
  if (asked.dissenter) query.members = {{std::string(column::dissent), *asked.dissenter, true}};
  return query;
}

/// The same, said as the header says it, without an eye on speed.
double naive_value(const Votes& v, std::string_view key, std::size_t i) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (key == column::confidence)
    return v.predicted[0][i] == no_class ? nan : double{v.confidence[0][i]};
  if (key == column::disagreement) {
    int all = 0, other = 0;
    for (const auto& voter : v.predicted)
      if (voter[i] != no_class) {
        all += 1;
        if (voter[i] != v.decisions.label[i]) other += 1;
      }
    return all == 0 ? nan : static_cast<double>(other) / all;
  }
  if (key == column::loss) {
    double sum = 0;
    for (const auto voter : v.policy_voters) sum += -static_cast<double>(v.log_prob[voter][i]);
    return sum / static_cast<double>(v.policy_voters.size());
  }
  return v.decisions.score[i];
}

std::vector<std::uint32_t> naive(const Votes& v, const Asked& q, std::string_view sort,
                                 bool descending) {
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < v.labels.size(); ++i) {
    if (!q.verdicts[static_cast<std::size_t>(v.decisions.verdict[i])]) continue;
    if (q.truth && v.labels[i] != *q.truth) continue;
    if (q.label && v.decisions.label[i] != *q.label) continue;
    if (v.confidence[0][i] < q.lowest || v.confidence[0][i] > q.highest) continue;
    std::set<ClassIndex> classes;
    for (const auto& voter : v.predicted)
      if (voter[i] != no_class) classes.insert(voter[i]);
    if (q.agreement && (classes.size() > 1) != (*q.agreement == Agreement::disagree)) continue;
    if (q.dissenter && (v.predicted[*q.dissenter][i] == no_class ||
                        v.predicted[*q.dissenter][i] == v.decisions.label[i]))
      continue;
    if (q.with_names && v.names[i] == 0) continue;
    if (q.with_tags && v.tags[i] == 0) continue;
    chosen.push_back(static_cast<std::uint32_t>(i));
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::uint32_t a, std::uint32_t b) {
    const double x = naive_value(v, sort, a), y = naive_value(v, sort, b);
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  });
  return chosen;
}

}  // namespace

void TestQuery::equals_the_naive_reference_data() {
  QTest::addColumn<int>("sort");
  QTest::addColumn<bool>("descending");
  QTest::addColumn<int>("narrowing");
  for (int sort = 0; sort < 4; ++sort)
    for (const bool descending : {true, false})
      for (int narrowing = 0; narrowing < 11; ++narrowing)
        QTest::addRow("sort %d %s filter %d", sort, descending ? "down" : "up", narrowing)
            << sort << descending << narrowing;
}

void TestQuery::equals_the_naive_reference() {
  QFETCH(int, sort);
  QFETCH(bool, descending);
  QFETCH(int, narrowing);
  const std::string_view key = sort_columns[static_cast<std::size_t>(sort)];
  for (const std::size_t samples : {0u, 1u, 2u, 777u, 5000u}) {
    const Votes votes = make_votes(samples, 5, static_cast<unsigned>(samples) + 3);
    Asked asked;
    asked.verdicts = {narrowing != 5, true, narrowing % 2 == 0, true, narrowing == 0};
    if (narrowing == 1) asked.truth = ClassIndex{2};
    if (narrowing == 2) asked.label = ClassIndex{3};
    if (narrowing == 3) asked.lowest = 0.25f, asked.highest = 0.8f;
    asked.with_names = narrowing == 4;
    if (narrowing == 6) asked.agreement = Agreement::disagree;
    if (narrowing == 7) asked.agreement = Agreement::agree;
    if (narrowing == 8) asked.dissenter = 2;
    asked.with_tags = narrowing == 9;
    // What has no output counts as not confident at all.
    if (narrowing == 10) asked.highest = 0.5f, asked.with_names = true, asked.dissenter = 4;
    const ReviewQuery query = query_of(asked, key, descending);
    RowFilters filters;
    if (asked.with_names) filters.text = votes.names;
    if (asked.with_tags) filters.tags = votes.tags;
    const auto found = matching_rows(votes.review(), query, filters);
    QCOMPARE(found, naive(votes, asked, key, descending));
    QCOMPARE(count_matching(votes.review(), query, filters),
             static_cast<std::int64_t>(found.size()));
  }
}

void TestQuery::opens_with_undetected_failures_most_confident_first() {
  const Votes votes = make_votes(2000, 3, 11);
  const auto found = matching_rows(votes.review(), default_review_query());
  QVERIFY(!found.empty());
  for (const auto sample : found) QCOMPARE(votes.decisions.verdict[sample], Verdict::undetected);
  QCOMPARE(naive_value(votes, column::confidence, found.front()), 1.0);
}

void TestQuery::a_new_decision_is_seen_through_the_table() {
  Votes votes = make_votes(300, 3, 5);
  const ReviewTable table = votes.review();
  std::ranges::fill(votes.decisions.verdict, Verdict::kept);
  QVERIFY(matching_rows(table, default_review_query()).empty());
  votes.decisions.verdict[17] = Verdict::undetected;
  votes.decisions.score[17] = 0.125;
  QCOMPARE(matching_rows(table, default_review_query()), std::vector<std::uint32_t>{17});
  QCOMPARE(number_of(table, column::score, 17), 0.125);
}

void TestQuery::an_absent_column_lets_nothing_through_data() {
  QTest::addColumn<int>("condition");
  QTest::addColumn<int>("rows");
  QTest::newRow("verdicts") << 0 << 0;
  QTest::newRow("truth") << 1 << 0;
  QTest::newRow("label") << 2 << 0;
  QTest::newRow("number") << 3 << 0;
  QTest::newRow("number, absent too") << 4 << 0;
  QTest::newRow("words") << 5 << 0;
  QTest::newRow("members") << 6 << 0;
  QTest::newRow("a member that there is not") << 7 << 0;
  QTest::newRow("order alone") << 8 << 4;
}

void TestQuery::an_absent_column_lets_nothing_through() {
  QFETCH(int, condition);
  QFETCH(int, rows);
  ReviewTable table;
  table.rows = 4;
  table.members.push_back({column::dissent, 2, [](std::size_t, std::size_t) { return true; }});
  ReviewQuery query;
  query.verdicts.fill(condition != 0);
  if (condition == 1) query.truth = ClassIndex{0};
  if (condition == 2) query.label = ClassIndex{0};
  if (condition == 3 || condition == 4) query.ranges = {{"iou", 0, 1, condition == 4}};
  if (condition == 5) query.words = {{"type", ~std::uint64_t{0}}};
  if (condition == 6) query.members = {{"found by", 0, true}};
  if (condition == 7) query.members = {{std::string(column::dissent), 2, false}};
  query.sort = "iou";
  const auto found = matching_rows(table, query);
  QCOMPARE(found.size(), static_cast<std::size_t>(rows));
  // An order by what is not there is that of the rows.
  for (std::size_t i = 0; i < found.size(); ++i) QCOMPARE(found[i], static_cast<std::uint32_t>(i));
  QVERIFY(std::isnan(number_of(table, "iou", 0)));
}

}  // namespace plumbline::test

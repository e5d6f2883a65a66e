#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/review/query.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

namespace {

/// Votes with many equal values, missing labels and missing outputs.
struct Votes {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence, log_prob;
  std::vector<std::uint8_t> names;
  VoteTable table;
  Decisions decisions;
  std::vector<std::size_t> policy_voters;

  FailureColumns columns(bool with_names) const {
    FailureColumns columns{&table, policy_voters, &decisions, {}};
    if (with_names) columns.name_matches = names;
    return columns;
  }
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
  for (std::size_t i = 0; i < samples; ++i) {
    votes.decisions.label[i] = static_cast<ClassIndex>(random() % 5);
    votes.decisions.score[i] = static_cast<float>(static_cast<int>(random() % 9) - 4) / 2;
    votes.decisions.verdict[i] = static_cast<Verdict>(random() % verdict_kinds);
    votes.names[i] = random() % 3 != 0;
  }
  return votes;
}

/// The same, said as the header says it, without an eye on speed.
float naive_value(const Votes& v, SortKey key, std::size_t i) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  switch (key) {
    case SortKey::confidence: return v.predicted[0][i] == no_class ? nan : v.confidence[0][i];
    case SortKey::disagreement: {
      int all = 0, other = 0;
      for (const auto& voter : v.predicted)
        if (voter[i] != no_class) {
          all += 1;
          if (voter[i] != v.decisions.label[i]) other += 1;
        }
      return all == 0 ? nan : static_cast<float>(other) / static_cast<float>(all);
    }
    case SortKey::loss: {
      double sum = 0;
      for (const auto voter : v.policy_voters) sum += -static_cast<double>(v.log_prob[voter][i]);
      return static_cast<float>(sum / static_cast<double>(v.policy_voters.size()));
    }
    case SortKey::score: return v.decisions.score[i];
  }
  return nan;
}

std::vector<std::uint32_t> naive(const Votes& v, const FailureQuery& q, bool with_names) {
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < v.labels.size(); ++i) {
    if (!q.verdicts[static_cast<std::size_t>(v.decisions.verdict[i])]) continue;
    if (q.true_class && v.labels[i] != *q.true_class) continue;
    if (q.predicted_class && v.decisions.label[i] != *q.predicted_class) continue;
    if (v.confidence[0][i] < q.lowest_confidence || v.confidence[0][i] > q.highest_confidence)
      continue;
    if (with_names && v.names[i] == 0) continue;
    chosen.push_back(static_cast<std::uint32_t>(i));
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::uint32_t a, std::uint32_t b) {
    const float x = naive_value(v, q.sort, a), y = naive_value(v, q.sort, b);
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return q.descending ? x > y : x < y;
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
      for (int narrowing = 0; narrowing < 6; ++narrowing)
        QTest::addRow("sort %d %s filter %d", sort, descending ? "down" : "up", narrowing)
            << sort << descending << narrowing;
}

void TestQuery::equals_the_naive_reference() {
  QFETCH(int, sort);
  QFETCH(bool, descending);
  QFETCH(int, narrowing);
  for (const std::size_t samples : {0u, 1u, 2u, 777u, 5000u}) {
    const Votes votes = make_votes(samples, 5, static_cast<unsigned>(samples) + 3);
    FailureQuery query;
    query.verdicts = {narrowing != 5, true, narrowing % 2 == 0, true, narrowing == 0};
    query.sort = sort_keys[static_cast<std::size_t>(sort)];
    query.descending = descending;
    if (narrowing == 1) query.true_class = ClassIndex{2};
    if (narrowing == 2) query.predicted_class = ClassIndex{3};
    if (narrowing == 3) query.lowest_confidence = 0.25f, query.highest_confidence = 0.8f;
    const bool with_names = narrowing == 4;
    const auto found = matching_samples(votes.columns(with_names), query);
    QCOMPARE(found, naive(votes, query, with_names));
    QCOMPARE(count_matching(votes.columns(with_names), query),
             static_cast<std::int64_t>(found.size()));
  }
}

void TestQuery::opens_with_undetected_failures_most_confident_first() {
  const Votes votes = make_votes(2000, 3, 11);
  const auto found = matching_samples(votes.columns(false), default_failure_query());
  QVERIFY(!found.empty());
  for (const auto sample : found) QCOMPARE(votes.decisions.verdict[sample], Verdict::undetected);
  const float first = naive_value(votes, SortKey::confidence, found.front());
  QCOMPARE(first, 1.0f);
}

}  // namespace plumbline::test

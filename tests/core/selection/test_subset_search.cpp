#include <QtTest>
#include <algorithm>
#include <bit>

#include "core/selection/subset_search.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/selection/tests.h"

namespace plumbline::test {

namespace {

/// Probabilities whose greatest is what each voter votes for, in blocks.
HeldSplit held(const OwnedTable& owned, std::size_t classes) {
  HeldSplit split{"validation", owned.table(), {}};
  const std::size_t n = owned.labels.size();
  for (std::size_t begin = 0; begin < n; begin += 100) {
    const std::size_t end = std::min(begin + 100, n);
    HeldSplit::Block block{begin, end, classes, {}};
    for (std::size_t v = 0; v < owned.predicted.size(); ++v) {
      std::vector<double> rows((end - begin) * classes);
      for (std::size_t i = begin; i < end; ++i) {
        const double top = 0.4 + 0.6 * static_cast<double>(owned.confidence[v][i]);
        for (std::size_t c = 0; c < classes; ++c)
          rows[(i - begin) * classes + c] =
              c == owned.predicted[v][i] ? top : (1 - top) / static_cast<double>(classes - 1);
      }
      block.probabilities.push_back(std::make_shared<const std::vector<double>>(std::move(rows)));
    }
    split.blocks.push_back(std::move(block));
  }
  return split;
}

/// For one subset the best point, by deciding anew at every value that a threshold may have.
std::optional<OperatingPoint> slow_best(const Policy& policy, const HeldSplit& split,
                                        VoterMask mask, const SelectionRule& rule) {
  const HeldSplit own = split.with_voters(voters_of(mask));
  const BoundPolicy bound = *bind(policy.for_voters(own.votes.voters.size()));
  std::vector<double> values = {0, 1};
  Decisions decisions;
  decide(bound, own, decisions);
  for (const double score : decisions.score) values.push_back(static_cast<float>(score));
  for (int i = 0; i <= 20; ++i) values.push_back(static_cast<double>(static_cast<float>(i) / 20));
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::optional<OperatingPoint> best;
  const bool counts = !counted_parameter(policy).empty();
  const auto most = static_cast<std::int64_t>(own.votes.voters.size());
  for (const double value : values)
    for (std::int64_t least = counts ? 1 : 0; least <= (counts ? most : 0); ++least) {
      if (value < 0 || value > 1) continue;
      decide(at_point(bound, value, least), own, decisions);
      const OperatingPoint point{value, least, decisions.counts[Verdict::kept],
                                 decisions.counts[Verdict::undetected]};
      if (fulfils(rule, point, decisions.counts.judged()) &&
          (!best || is_better(rule, point, *best)))
        best = point;
    }
  return best;
}

}  // namespace

void TestSubsetSearch::all_subsets_equal_a_slow_search_data() {
  QTest::addColumn<QString>("policy");
  QTest::addColumn<QString>("rule");
  for (const char* policy : {"polygraph", "mcp", "majority", "mean", "max", "gmean"})
    for (const char* rule : {"kept>=120", "risk<=0.2"})
      QTest::newRow(qPrintable(QString("%1, %2").arg(policy, rule))) << policy << rule;
}

void TestSubsetSearch::all_subsets_equal_a_slow_search() {
  QFETCH(QString, policy);
  QFETCH(QString, rule);
  const OwnedTable owned = random_table(250, 4, 4, 31);
  const HeldSplit split = held(owned, 4);
  const Policy written = *parse_policy(policy.toStdString(), 4);
  SubsetSearchOptions options;
  options.rule = *parse_selection_rule(rule.toStdString());
  const std::vector<std::optional<double>> latency = {2.0, 3.0, 1.0, 2.5};
  const auto found = search_subsets(written, split, nullptr, latency, options);
  QVERIFY(found.has_value());
  QVERIFY(found->exhaustive);
  QCOMPARE(found->tried, std::size_t{15});
  // Of each size the best ones, each once.
  options.best_a_size = 2;
  const auto more = search_subsets(written, split, nullptr, latency, options);
  for (int size = 1; size <= 4; ++size) {
    std::vector<VoterMask> told;
    for (const SubsetOutcome& outcome : more->best)
      if (std::popcount(outcome.voters) == size) told.push_back(outcome.voters);
    QVERIFY(told.size() <= 2);
    for (VoterMask mask = 1; mask < 16; ++mask) {
      if (std::popcount(mask) != size || std::ranges::find(told, mask) != told.end()) continue;
      const auto left_out = slow_best(written, split, mask, options.rule);
      if (!left_out) continue;
      QCOMPARE(told.size(), std::min<std::size_t>(2, size == 4 ? 1 : 4));
      for (const VoterMask one : told)
        QVERIFY(!is_better(options.rule, *left_out, *slow_best(written, split, one, options.rule)));
    }
  }
  // What no subset of at most the same cost beats.
  struct Slow {
    double cost;
    std::int64_t undetected;
  };
  std::vector<Slow> slow;
  for (VoterMask mask = 1; mask < 16; ++mask) {
    double cost = 0;
    for (const std::size_t v : voters_of(mask)) cost += *latency[v] / 2;
    if (const auto best = slow_best(written, split, mask, options.rule))
      slow.push_back({cost, best->undetected});
  }
  if (options.rule.most_risk) {
    // Which of two is taken there is a matter of what they keep; the front's points exist.
    for (const SubsetOutcome& outcome : found->front) {
      const auto best = slow_best(written, split, outcome.voters, options.rule);
      QVERIFY(best.has_value());
      QCOMPARE(outcome.point->undetected, best->undetected);
      QCOMPARE(outcome.point->kept, best->kept);
    }
    return;
  }
  for (const SubsetOutcome& outcome : found->front)
    for (const Slow& other : slow)
      QVERIFY(other.cost > outcome.cost || other.undetected >= outcome.point->undetected);
  for (const Slow& other : slow)
    QVERIFY(std::ranges::any_of(found->front, [&](const SubsetOutcome& outcome) {
      return outcome.cost <= other.cost && outcome.point->undetected <= other.undetected;
    }));
}

void TestSubsetSearch::threads_find_the_same() {
  const OwnedTable owned = random_table(300, 6, 4, 7);
  const HeldSplit split = held(owned, 4);
  SubsetSearchOptions options;
  options.rule = *parse_selection_rule("kept>=100");
  std::vector<std::vector<VoterMask>> fronts;
  for (const std::size_t threads : {1, 4}) {
    options.threads = threads;
    const auto found = search_subsets(*make_policy("polygraph", 6), split, nullptr, {}, options);
    fronts.emplace_back();
    for (const SubsetOutcome& outcome : found->front) fronts.back().push_back(outcome.voters);
  }
  QVERIFY(!fronts[0].empty());
  QVERIFY(fronts[0] == fronts[1]);
}

void TestSubsetSearch::a_beam_finds_what_is_planted() {
  // Of twenty voters three are right wherever they are sure; the others guess.
  OwnedTable owned = random_table(400, 20, 5, 77);
  for (const std::size_t good : {4, 11, 17})
    for (std::size_t i = 0; i < 400; ++i) {
      const bool sure = (i + good) % 4 != 0;
      owned.predicted[good][i] = sure ? owned.labels[i] : ClassIndex{3};
      owned.confidence[good][i] = sure ? 0.95F : 0.3F;
    }
  const HeldSplit split = held(owned, 5);
  SubsetSearchOptions options;
  options.rule = *parse_selection_rule("kept>=390");
  options.most_voters = 4;
  for (const std::size_t beam : {1, 8}) {
    options.beam = beam;
    const auto found = search_subsets(*make_policy("polygraph", 20), split, nullptr, {}, options);
    QVERIFY(found.has_value() && !found->exhaustive);
    QVERIFY(found->tried < 1000);
    if (beam == 1) continue;
    QVERIFY(!found->front.empty());
    // Two of the three cover all but what both are unsure of.
    QVERIFY(std::ranges::any_of(found->front, [](const SubsetOutcome& outcome) {
      return outcome.point->undetected <= 10;
    }));
  }
}

void TestSubsetSearch::it_can_be_stopped() {
  const OwnedTable owned = random_table(100, 10, 4, 7);
  SubsetSearchOptions options;
  options.rule = *parse_selection_rule("kept>=10");
  std::size_t total = 0;
  options.progress = [&](std::size_t done, std::size_t all) {
    total = all;
    return done < 20;
  };
  const auto stopped =
      search_subsets(*make_policy("polygraph", 10), held(owned, 4), nullptr, {}, options);
  QVERIFY(!stopped && stopped.error().kind == ErrorKind::cancelled);
  QCOMPARE(total, std::size_t{1023});
}

void TestSubsetSearch::too_many_voters_are_refused() {
  const OwnedTable owned = random_table(5, 65, 4, 7);
  const auto refused = search_subsets(*make_policy("polygraph", 65),
                                      HeldSplit{"validation", owned.table(), {}}, nullptr, {}, {});
  QVERIFY(!refused && refused.error().kind == ErrorKind::usage);
}

}  // namespace plumbline::test

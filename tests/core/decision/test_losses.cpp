#include <QtTest>
#include <cmath>
#include <random>
#include <set>

#include "core/decision/held_split.h"
#include "core/decision/policy_cost.h"
#include "core/review/figures.h"
#include "tests/core/decision/tests.h"

namespace plumbline::test {

namespace {

using Row = std::vector<double>;

constexpr std::size_t drawn_voters = 4, drawn_classes = 6, drawn_samples = 400;

/// Distributions of several voters that are known in double, and the votes that they make.
struct DrawnDistributions {
  std::vector<ClassIndex> labels;
  std::vector<std::vector<Row>> rows;  ///< by voter and sample
  std::vector<std::vector<ClassIndex>> predicted;
  std::vector<std::vector<float>> confidence, log_prob;

  explicit DrawnDistributions(unsigned seed) : labels(drawn_samples) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(0, 1.5);
    for (auto& label : labels) label = static_cast<ClassIndex>(random() % drawn_classes);
    for (std::size_t v = 0; v < drawn_voters; ++v) {
      rows.emplace_back();
      predicted.emplace_back();
      confidence.emplace_back();
      log_prob.emplace_back();
      for (std::size_t i = 0; i < drawn_samples; ++i) {
        Row row(drawn_classes);
        double sum = 0;
        for (std::size_t c = 0; c < drawn_classes; ++c)
          sum += row[c] = std::exp(normal(random) + (c == labels[i] ? 1.5 : 0));
        for (double& p : row) p /= sum;
        const auto top = std::ranges::max_element(row);
        predicted[v].push_back(static_cast<ClassIndex>(top - row.begin()));
        confidence[v].push_back(static_cast<float>(*top));
        log_prob[v].push_back(static_cast<float>(std::log(row[labels[i]])));
        rows[v].push_back(std::move(row));
      }
    }
  }

  HeldSplit split() const {
    HeldSplit held{"test", {labels, {}}, {}};
    // Two blocks, so that places within a block and within the split differ.
    for (const auto& [begin, end] :
         {std::pair<std::size_t, std::size_t>{0, 150}, {150, drawn_samples}}) {
      HeldSplit::Block& block =
          held.blocks.emplace_back(HeldSplit::Block{begin, end, drawn_classes, {}});
      for (const auto& voter : rows) {
        Row flat;
        for (std::size_t i = begin; i < end; ++i)
          flat.insert(flat.end(), voter[i].begin(), voter[i].end());
        block.probabilities.push_back(std::make_shared<const Row>(std::move(flat)));
      }
    }
    for (std::size_t v = 0; v < drawn_voters; ++v)
      held.votes.voters.push_back({predicted[v], confidence[v], log_prob[v]});
    return held;
  }
};

/// The ways in which policies put distributions together, written down from DOMAIN 1.3.
Row together(const QString& way, const std::vector<Row>& rows) {
  if (way == "first") return rows.front();
  if (way == "cooled first" || way == "cooled mean") {
    std::vector<Row> cooled = rows;
    for (Row& row : cooled) {
      double sum = 0;
      for (double& p : row) sum += p = std::sqrt(p);  // a temperature of 2
      for (double& p : row) p /= sum;
    }
    return together(way == "cooled first" ? "first" : "mean", cooled);
  }
  Row all(drawn_classes, way == "product" ? 1.0 : 0.0);
  constexpr double weights[] = {0.5, 0.25, 0.25, 0};
  for (std::size_t c = 0; c < drawn_classes; ++c)
    for (std::size_t v = 0; v < rows.size(); ++v) {
      if (way == "product") all[c] *= rows[v][c];
      if (way == "mean") all[c] += rows[v][c] / drawn_voters;
      if (way == "weighted") all[c] += rows[v][c] * weights[v];
    }
  if (way != "product") return all;
  double sum = 0;
  for (double& p : all) sum += p = std::pow(p, 1.0 / drawn_voters);
  for (double& p : all) p /= sum;
  return all;
}

BoundPolicy bound_on(const std::string& text, const HeldSplit& split) {
  const auto policy = parse_policy(text, drawn_voters);
  if (!policy) qFatal("%s", to_string(policy.error()).c_str());
  const FitData fit = split.fit_data();
  const auto bound = bind(*policy, {.fit = &fit});
  if (!bound) qFatal("%s", to_string(bound.error()).c_str());
  return *bound;
}

}  // namespace

void TestLosses::equal_the_definitions_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("way");
  const auto add = [](const char* text, const char* way) { QTest::newRow(text) << text << way; };
  add("mcp(t=0.5)", "first");
  add("staged(inner=mcp(t=0.5))", "first");
  add("mean(t=0.5)", "mean");
  add("gmean(t=0.5)", "product");
  add("entropy(t=0.5)", "mean");
  add("mutual_information(t=0.1)", "mean");
  add("gen(t=-1)", "mean");
  add("pnorm(p=2)", "mean");
  add("harm(reject=0.3)", "mean");
  add("conformal(alpha=0.2)", "mean");
  add("learned(t=0.5)", "mean");
  add("temperature(inner=mean(t=0.5),t=2)", "cooled mean");
  add("temperature(inner=mcp(t=0.5),t=2)", "cooled first");
  add("weighted(inner=mean(t=0.5),weights=0.5:0.25:0.25:0)", "weighted");
}

void TestLosses::equal_the_definitions() {
  QFETCH(QString, text);
  QFETCH(QString, way);
  const DrawnDistributions drawn(3);
  const HeldSplit split = drawn.split();
  const BoundPolicy policy = bound_on(text.toStdString(), split);
  QVERIFY(policy.policy.traits().has_distribution);
  const ReducedScores reduced = reduce(policy, split);
  QVERIFY(reduced.losses != nullptr && reduced.losses->missing.empty());
  double likelihood = 0, squares = 0;
  for (std::size_t i = 0; i < drawn_samples; ++i) {
    std::vector<Row> rows;
    for (const auto& voter : drawn.rows) rows.push_back(voter[i]);
    const Row all = together(way, rows);
    double distance = 0;
    for (std::size_t c = 0; c < drawn_classes; ++c) {
      const double truth = c == drawn.labels[i] ? 1 : 0;
      distance += (all[c] - truth) * (all[c] - truth);
    }
    QVERIFY(std::abs(reduced.losses->log_prob_label[i] - std::log(all[drawn.labels[i]])) < 1e-11);
    QVERIFY(std::abs(reduced.losses->brier[i] - distance) < 1e-11);
    likelihood -= std::log(all[drawn.labels[i]]) / drawn_samples;
    squares += distance / drawn_samples;
  }
  // And as the figures have them.
  Decisions decisions;
  decide(policy, split, decisions);
  if (decisions.losses == nullptr) decisions.losses = reduced.losses;
  const MetricData data = metric_data(policy, decisions, split.votes);
  QVERIFY(std::abs(*data.negative_log_likelihood() - likelihood) < 1e-9);
  QVERIFY(std::abs(*data.brier_score() - squares) < 1e-9);
  QVERIFY(data.no_losses.empty());
}

/// A further policy is in the table above, or has no distribution.
void TestLosses::every_policy_with_a_distribution_is_among_them() {
  const std::set<std::string_view> tried = {
      "mcp",  "mean",      "gmean",   "entropy",     "mutual_information", "gen",   "pnorm",
      "harm", "conformal", "learned", "temperature", "weighted",           "staged"};
  for (const PolicyKind* kind : policy_kinds()) {
    if (kind->traits.predictions != "classes") continue;
    const auto policy = make_policy(*kind, drawn_voters);
    QVERIFY2(policy.has_value(), std::string(kind->name).c_str());
    QVERIFY2(!policy->traits().has_distribution || tried.contains(kind->name),
             std::string(kind->name).c_str());
  }
}

void TestLosses::why_there_are_none_is_said() {
  const DrawnDistributions drawn(4);
  const HeldSplit split = drawn.split();
  const auto reason = [&](const BoundPolicy& policy, const Decisions& decisions,
                          std::string_view key) {
    return why_undefined(*find_metric(key), metric_data(policy, decisions, split.votes));
  };
  const BoundPolicy majority = bound_on("majority", split);
  Decisions decisions;
  decide(majority, split, decisions);
  QVERIFY(reason(majority, decisions, "nll").find("distribution of its own") != std::string::npos);
  QVERIFY(reason(majority, decisions, "ece").find("not a probability") != std::string::npos);
  QVERIFY(reason(majority, decisions, "expected_latency_ms").find("time") != std::string::npos);
  QCOMPARE(reason(majority, decisions, "accuracy"), std::string());
  const BoundPolicy mean = bound_on("mean(t=1)", split);
  decide(mean, split, decisions);
  QCOMPARE(reason(mean, decisions, "brier"), std::string());
  QCOMPARE(reason(mean, decisions, "selective_risk"), std::string("nothing is accepted"));
  decisions.losses = std::make_shared<const DistributionLosses>(DistributionLosses{{}, {}, "lost"});
  QCOMPARE(reason(mean, decisions, "brier"), std::string("lost"));
  // Nobody was timed.
  QVERIFY(!cost_of(majority, split.votes, {}).latency_ms && !cost_of(mean, {}).ratio);
  QCOMPARE(cost_of(majority, split.votes, {}).asked, drawn_voters);
  // Every figure has a value or a reason, also of no samples.
  for (const MetricData& data : {metric_data(majority, decisions, split.votes), MetricData()})
    for (const Figure& figure : figures_of(data)) QVERIFY(figure.value || !figure.reason.empty());
}

}  // namespace plumbline::test

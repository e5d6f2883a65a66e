#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "core/decision/bound_policy_json.h"
#include "core/decision/held_split.h"
#include "core/decision/policies/cost_matrix.h"
#include "core/decision/policies/counted_costs.h"
#include "core/decision/policies/logistic_regression.h"
#include "core/decision/staging.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/decision/tests.h"
#include "tests/core/selection/reference_figures.h"

namespace plumbline::test {

namespace {

/// Voters of unequal skill whose probabilities are sharper or softer than they should be.
struct DrawnSplit {
  OwnedTable owned;
  std::vector<std::vector<double>> rows;  ///< by voter: samples × classes
  std::size_t classes;

  DrawnSplit(std::size_t samples, std::vector<double> skill, std::size_t number_of_classes,
             unsigned seed, double sharpness = 1)
      : classes(number_of_classes) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    owned.labels.resize(samples);
    for (auto& label : owned.labels) label = static_cast<ClassIndex>(random() % classes);
    for (const double own : skill) {
      auto& probabilities = rows.emplace_back(samples * classes);
      auto& predicted = owned.predicted.emplace_back(samples);
      auto& confidence = owned.confidence.emplace_back(samples);
      owned.log_prob.emplace_back(samples, -1.0F);
      for (std::size_t i = 0; i < samples; ++i) {
        double* row = probabilities.data() + i * classes;
        double sum = 0;
        for (std::size_t c = 0; c < classes; ++c)
          sum += row[c] = std::exp(sharpness * (normal(random) + (c == owned.labels[i] ? own : 0)));
        for (std::size_t c = 0; c < classes; ++c) row[c] /= sum;
        const double* top = std::max_element(row, row + classes);
        predicted[i] = static_cast<ClassIndex>(top - row);
        confidence[i] = static_cast<float>(*top);
      }
    }
  }

  HeldSplit held(const std::string& name = "validation") const {
    HeldSplit split{name, owned.table(), {}};
    const std::size_t n = owned.labels.size();
    for (std::size_t begin = 0; begin < n; begin += 300) {
      const std::size_t end = std::min(begin + 300, n);
      HeldSplit::Block block{begin, end, classes, {}};
      for (const auto& own : rows)
        block.probabilities.push_back(std::make_shared<const std::vector<double>>(
            own.begin() + static_cast<std::ptrdiff_t>(begin * classes),
            own.begin() + static_cast<std::ptrdiff_t>(end * classes)));
      split.blocks.push_back(std::move(block));
    }
    return split;
  }

  double probability(std::size_t voter, std::size_t sample, std::size_t c) const {
    return rows[voter][sample * classes + c];
  }
  std::vector<double> mean(std::size_t sample) const {
    std::vector<double> result(classes);
    for (std::size_t c = 0; c < classes; ++c)
      for (std::size_t v = 0; v < rows.size(); ++v)
        result[c] += probability(v, sample, c) / static_cast<double>(rows.size());
    return result;
  }
};

Result<BoundPolicy> fitted(const std::string& text, const HeldSplit& split) {
  const auto policy = parse_policy(text, split.votes.voters.size());
  if (!policy) qFatal("%s", to_string(policy.error()).c_str());
  const FitData fit = split.fit_data();
  return bind(*policy, {.fit = &fit});
}

double entropy(const std::vector<double>& p) {
  double sum = 0;
  for (const double value : p) sum += value > 0 ? -value * std::log(value) : 0;
  return sum;
}

bool close(double a, double b, double tolerance = 1e-9) { return std::abs(a - b) <= tolerance; }

}  // namespace

void TestLearningPolicies::scores_equal_the_definitions() {
  const DrawnSplit drawn(400, {1.0, 1.5, 0.5}, 6, 1);
  const HeldSplit split = drawn.held();
  Decisions e, m, g, p, h;
  decide(*fitted("entropy(t=1)", split), split, e);
  decide(*fitted("mutual_information(t=0.1)", split), split, m);
  decide(*fitted("gen(t=-2,gamma=0.2,top=3)", split), split, g);
  decide(*fitted("pnorm(t=0.8,p=3)", split), split, p);
  decide(*fitted("harm(reject=0.3)", split), split, h);
  for (std::size_t i = 0; i < 400; ++i) {
    const std::vector<double> mean = drawn.mean(i);
    double own = 0, norm = 0, centre = 0, top = -1e9;
    for (std::size_t v = 0; v < 3; ++v) {
      std::vector<double> row;
      for (std::size_t c = 0; c < 6; ++c) row.push_back(drawn.probability(v, i, c));
      own += entropy(row) / 3;
    }
    QVERIFY(close(e.score[i], -entropy(mean)));
    QCOMPARE(e.accept[i] != 0, static_cast<float>(entropy(mean)) <= 1.0F);
    QVERIFY(close(m.score[i], -(entropy(mean) - own)));
    std::vector<double> falling = mean;
    std::ranges::sort(falling, std::greater());
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) sum += std::pow(falling[k] * (1 - falling[k]), 0.2);
    QVERIFY(close(g.score[i], -sum));
    for (const double value : mean) centre += std::log(value) / 6;
    for (const double value : mean) {
      norm += std::pow(std::abs(std::log(value) - centre), 3.0);
      top = std::max(top, std::log(value) - centre);
    }
    QVERIFY(close(p.score[i], top / std::cbrt(norm)));
    QVERIFY(close(h.score[i], falling[0] - 1));
    const auto label = static_cast<ClassIndex>(std::ranges::max_element(mean) - mean.begin());
    for (const Decisions* d : {&e, &m, &g, &p, &h}) QCOMPARE(d->label[i], label);
  }
}

void TestLearningPolicies::a_threshold_that_nobody_gave_keeps_the_baselines_coverage() {
  const DrawnSplit drawn(900, {2.5, 3.0}, 5, 2);
  const HeldSplit split = drawn.held();
  std::int64_t baseline = 0;
  for (const float confidence : drawn.owned.confidence[0]) baseline += confidence >= 0.9F ? 1 : 0;
  QVERIFY(baseline > 50 && baseline < 850);
  for (const char* text : {"entropy", "mutual_information", "gen", "pnorm", "pnorm(p=2)"}) {
    QVERIFY2(!bind(*parse_policy(text, 2)), text);  // no split to choose it on
    const auto policy = fitted(text, split);
    QVERIFY2(policy.has_value(), text);
    QCOMPARE(policy->learned.split, std::string("validation"));
    Decisions decisions;
    decide(*policy, split, decisions);
    // As many, and those that float32 cannot tell from the last of them.
    QVERIFY2(decisions.counts.accepted() >= baseline, text);
    if (policy->policy.kind().parameters.size() == 1)
      QVERIFY2(decisions.counts.accepted() <= baseline + 2, text);
    // It stays where it is on other samples, and is written and read.
    const auto read = read_bound_policy(to_json(*policy), "d.json");
    QVERIFY2(read.has_value() && *read == *policy, text);
  }
}

void TestLearningPolicies::a_temperature_is_the_likeliest() {
  for (const double sharpness : {0.3, 1.0, 4.0}) {
    const DrawnSplit drawn(1500, {1.0, 2.0}, 4, 3, sharpness);
    const HeldSplit split = drawn.held();
    const auto policy = fitted("temperature(inner=mean)", split);
    QVERIFY(policy.has_value());
    for (std::size_t v = 0; v < 2; ++v) {
      const auto loss = [&](double t) {
        double sum = 0;
        for (std::size_t i = 0; i < 1500; ++i) {
          double all = 0;
          for (std::size_t c = 0; c < 4; ++c) all += std::pow(drawn.probability(v, i, c), 1 / t);
          sum -= std::log(std::pow(drawn.probability(v, i, drawn.owned.labels[i]), 1 / t) / all);
        }
        return sum;
      };
      // By golden section, from a wide bracket in the logarithm.
      double low = std::log(0.01), high = std::log(100);
      const double ratio = (std::sqrt(5.0) - 1) / 2;
      for (int step = 0; step < 100; ++step) {
        const double a = high - ratio * (high - low), b = low + ratio * (high - low);
        (loss(std::exp(a)) < loss(std::exp(b)) ? high : low) =
            loss(std::exp(a)) < loss(std::exp(b)) ? b : a;
      }
      QVERIFY(close(policy->learned["temperature"][v] / std::exp(low), 1, 1e-5));
      QVERIFY(loss(policy->learned["temperature"][v]) <= loss(std::exp(low)) + 1e-6);
    }
  }
  const DrawnSplit drawn(200, {1.0, 2.0}, 4, 3);
  const HeldSplit split = drawn.held();
  QVERIFY(!fitted("temperature(inner=mean,t=1:2:3)", split));
  // At 1 nothing changes, whatever is within, votes and nested acceptance included.
  for (const char* inner : {"mean", "polygraph", "majority", "mcp(t=0.5)"}) {
    Decisions plain, cooled;
    decide(*fitted(inner, split), split, plain);
    decide(*fitted(std::string("temperature(t=1,inner=") + inner + ")", split), split, cooled);
    QVERIFY2(plain.label == cooled.label && plain.accept == cooled.accept, inner);
  }
}

void TestLearningPolicies::weights_are_the_likeliest() {
  const DrawnSplit drawn(1200, {0.3, 2.0, 1.9}, 4, 4);
  const HeldSplit split = drawn.held();
  const auto loss = [&](std::span<const double> w) {
    double sum = 0;
    for (std::size_t i = 0; i < 1200; ++i) {
      double mixed = 0;
      for (std::size_t v = 0; v < 3; ++v)
        mixed += w[v] * drawn.probability(v, i, drawn.owned.labels[i]);
      sum -= std::log(mixed);
    }
    return sum / 1200;
  };
  const auto likeliest = fitted("weighted(by=likelihood)", split);
  const auto greedy = fitted("weighted(by=greedy)", split);
  QVERIFY(likeliest && greedy);
  double best = 1e9;
  for (int a = 0; a <= 50; ++a)
    for (int b = 0; a + b <= 50; ++b)
      best = std::min(best, loss(std::vector<double>{a / 50.0, b / 50.0, (50 - a - b) / 50.0}));
  QVERIFY(loss(likeliest->learned["weights"]) <= best + 1e-9);
  QVERIFY(loss(greedy->learned["weights"]) <= best + 1e-3);
  QVERIFY(loss(likeliest->learned["weights"]) < loss(std::vector<double>(3, 1.0 / 3)) - 0.005);
  for (const auto& policy : {likeliest, greedy}) {
    double sum = 0;
    for (const double weight : policy->learned["weights"]) sum += weight;
    QVERIFY(close(sum, 1));
  }
  // Given ones, of any sum; equal ones are none; one alone is that voter.
  Decisions plain, equal, alone, first;
  decide(*fitted("mean(t=0.6)", split), split, plain);
  decide(*fitted("weighted(inner=mean(t=0.6),weights=2:2:2)", split), split, equal);
  decide(*fitted("weighted(inner=mean(t=0.6),weights=5:0:0)", split), split, alone);
  decide(*fitted("mcp(t=0.6)", split), split, first);
  QVERIFY(plain.label == equal.label && plain.accept == equal.accept);
  QVERIFY(alone.label == first.label && alone.accept == first.accept);
  QVERIFY(!fitted("weighted(weights=1:2)", split));
  QVERIFY(!fitted("weighted(weights=0:0:0)", split));
  QVERIFY(!bind(*parse_policy("weighted", 3)));
}

void TestLearningPolicies::a_regression_equals_scikit_learns() {
  const ReferenceRegression& expected = reference_regression();
  const std::vector<std::uint8_t> right(expected.right.begin(), expected.right.end());
  const auto found = fit_logistic_regression(expected.rows, 3, right);
  QVERIFY(found.has_value());
  for (std::size_t i = 0; i < 4; ++i)
    QVERIFY(close((*found)[i] / expected.coefficients[i], 1, 1e-5));
  QVERIFY(!fit_logistic_regression(expected.rows, 3, std::vector<std::uint8_t>(80, 1)));
}

void TestLearningPolicies::learned_ranks_better_than_it_was_taught_nothing() {
  const DrawnSplit taught(2000, {1.0, 1.5, 0.8}, 5, 5), other(2000, {1.0, 1.5, 0.8}, 5, 6);
  const auto policy = fitted("learned(t=0.7)", taught.held());
  QVERIFY(policy.has_value());
  const HeldSplit test = other.held("test");
  Decisions decisions;
  decide(*policy, test, decisions);
  double accepted = 0, right = 0, all_right = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const bool is_right = decisions.label[i] == other.owned.labels[i];
    all_right += is_right;
    accepted += decisions.accept[i];
    right += decisions.accept[i] && is_right;
  }
  QVERIFY(accepted > 200 && right / accepted > all_right / 2000 + 0.1);
  // What it says is a probability: calibrated to a few points.
  double stated = 0;
  for (const double score : decisions.score) stated += score / 2000;
  QVERIFY(close(stated, all_right / 2000, 0.03));
}

void TestLearningPolicies::a_conformal_set_misses_as_seldom_as_promised() {
  const DrawnSplit taught(999, {1.5, 1.2}, 6, 7), other(4000, {1.5, 1.2}, 6, 8);
  for (const char* text :
       {"conformal", "conformal(alpha=0.2,lambda=0)", "conformal(lambda=0.1,k_reg=1)"}) {
    const auto policy = fitted(text, taught.held());
    QVERIFY(policy.has_value());
    const double q = policy->learned["quantile"].front();
    const double alpha = policy->policy.number(0), lambda = policy->policy.number(1);
    const auto score_of = [&](const DrawnSplit& split, std::size_t i, std::size_t truth) {
      const std::vector<double> mean = split.mean(i);
      std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
      std::ranges::stable_sort(order, [&](auto a, auto b) { return mean[a] > mean[b]; });
      double sum = 0;
      for (std::size_t k = 0;; ++k) {
        sum += mean[order[k]];
        if (order[k] == truth)
          return sum +
                 lambda * std::max(0.0, static_cast<double>(k + 1) - policy->policy.number(2));
      }
    };
    std::vector<double> scores;
    for (std::size_t i = 0; i < 999; ++i)
      scores.push_back(score_of(taught, i, taught.owned.labels[i]));
    std::ranges::sort(scores);
    QVERIFY(close(q, scores[static_cast<std::size_t>(std::lround(1000 * (1 - alpha))) - 1]));
    const HeldSplit test = other.held("test");
    Decisions decisions;
    decide(*policy, test, decisions);
    double missed = 0;
    for (std::size_t i = 0; i < 4000; ++i) {
      missed += score_of(other, i, other.owned.labels[i]) > q;
      std::size_t size = 0;
      for (std::size_t c = 0; c < 6; ++c)
        size += c == decisions.label[i] || score_of(other, i, c) <= q;
      QCOMPARE(decisions.accept[i] != 0, size == 1);
    }
    // Four deviations of what 999 samples know of it.
    QVERIFY2(std::abs(missed / 4000 - alpha) < 0.057, text);
  }
  // Eight samples are too few for one in ten: nothing is accepted, nine are enough.
  for (const std::size_t n : {8, 9}) {
    const auto policy = fitted("conformal", DrawnSplit(n, {1.5, 1.2}, 6, 7).held());
    QCOMPARE(policy->learned["quantile"].empty(), n == 8);
    Decisions decisions;
    decide(*policy, other.held("test"), decisions);
    if (n == 8) QCOMPARE(decisions.counts.accepted(), std::int64_t{0});
    const auto read = read_bound_policy(to_json(*policy), "d.json");
    QVERIFY(read.has_value() && *read == *policy);
  }
}

void TestLearningPolicies::zero_counts_the_surest() {
  const auto refused = bind(*parse_policy("zero", 29));
  QVERIFY(!refused);
  QVERIFY(QString::fromStdString(to_string(refused.error())).contains("30 voters"));
  const OwnedTable owned = random_table(500, 30, 4, 9);
  Decisions decisions;
  decide(*bind(*parse_policy("zero(fraction=0.2)", 30)), owned.table(), decisions);
  for (std::size_t i = 0; i < 500; ++i) {
    std::vector<std::size_t> order(30);
    for (std::size_t v = 0; v < 30; ++v) order[v] = v;
    std::ranges::stable_sort(
        order, [&](auto a, auto b) { return owned.confidence[a][i] > owned.confidence[b][i]; });
    OwnedTable six{{owned.labels[i]}, {}, {}, {}};
    for (std::size_t k = 0; k < 6; ++k) {
      six.predicted.push_back({owned.predicted[order[k]][i]});
      six.confidence.push_back({owned.confidence[order[k]][i]});
      six.log_prob.push_back({-1.0F});
    }
    const auto expected = reference("majority", {}, six.table(), 0);
    QCOMPARE(decisions.label[i], expected.label);
    QCOMPARE(decisions.accept[i] != 0, expected.accept);
    QVERIFY(close(decisions.score[i], expected.score, 1e-6));
  }
}

void TestLearningPolicies::a_stop_sign_is_not_one_error_like_another() {
  const auto matrix = read_cost_matrix(",stop,80,60\nstop,0,50,50\n80,1,0,1\n60,1,2,0\n", "c.csv");
  QVERIFY(matrix.has_value());
  QCOMPARE((*matrix)(0, 1), 50.0);
  QCOMPARE((*matrix)(2, 1), 2.0);
  QVERIFY(*read_cost_matrix(to_csv(*matrix), "c.csv") == *matrix);
  const auto json = read_cost_matrix(
      R"({"classes": ["stop", "80", "60"], "costs": [[0, 50, 50], [1, 0, 1], [1, 2, 0]]})",
      "c.json");
  QVERIFY(json.has_value() && *json == *matrix);
  const std::vector<std::string> other = {"60", "stop", "80"};
  QCOMPARE((*in_order_of(*matrix, other, "c.csv"))(1, 2), 50.0);
  for (const char* text : {"", "0,1\n1", "0,x\n1,0", "1,0\n0,0", "0,-1\n1,0", "0,nan\n1,0",
                           ",a,b\nb,0,1\na,1,0", "[[0,1],[1]]", "{}", "[]", "[[0,\"a\"],[1,0]]"})
    QVERIFY2(!read_cost_matrix(text, "c.csv"), text);
  const std::vector<std::string> lacking = {"60", "stop", "give way"};
  QVERIFY(!in_order_of(*matrix, lacking, "c.csv"));
  // The likeliest is 80, and to say so costs 50 where it is a stop sign.
  BoundPolicy policy = *bind(*parse_policy("harm(reject=2)", 1));
  policy.learned.numbers["costs"] = matrix->costs;
  const std::vector<ClassIndex> labels = {0};
  const VoteTable votes{labels, std::vector<VoterVotes>(1)};
  const std::vector<double> row = {0.1, 0.7, 0.2};
  std::vector<ClassIndex> label(1);
  std::vector<double> score(1);
  std::vector<std::uint8_t> accept(1), tie(1);
  PolicyBlock block{votes, 0, 1, {1, 3, {row.data()}}};
  score_block(policy, block, {label, score, accept, tie});
  QCOMPARE(int{label[0]}, 0);
  QVERIFY(close(score[0], -0.9));  // 0.7 · 1 + 0.2 · 1
  QCOMPARE(int{accept[0]}, 1);
}

void TestLearningPolicies::costs_are_given_to_a_policy_that_names_no_file() {
  const std::vector<double> costs = {0, 50, 1, 0};
  const BoundPolicy bound =
      with_costs_unless_read(*bind(*parse_policy("harm(reject=2)", 1)), costs);
  QCOMPARE(*costs_of(bound), costs);
  QVERIFY(costs_of(*bind(*parse_policy("harm", 1)))->empty());
  QVERIFY(costs_of(*bind(*parse_policy("mean", 1))) == nullptr);
  // They are written down with the policy.
  const BoundPolicy read = *read_bound_policy(to_json(bound), "saved");
  QVERIFY(read == bound);
  // Another value of the threshold leaves them; so do other voters, where they are given again.
  QCOMPARE(*costs_of(*rebind(bound, *parse_policy("harm(reject=3)", 1))), costs);
  // As text they are the file that they are exported to.
  QCOMPARE(to_string(with_cost_file(bound, "costs.csv")),
           to_string(*parse_policy("harm(reject=2,costs=costs.csv)", 1)));
  QCOMPARE(to_string(without_cost_file(with_cost_file(bound, "costs.csv"))),
           to_string(bound.policy));
  const Policy plain = *parse_policy("mean(t=0.5)", 1);
  QVERIFY(without_cost_file(plain) == plain);
  // Others take the place of a file's.
  QTemporaryDir directory;
  const std::string file = directory.filePath("costs.csv").toStdString();
  std::ofstream(file) << ",a,b\na,0,3\nb,1,0\n";
  const std::vector<std::string> classes = {"b", "a"};
  const BoundPolicy filed = with_costs_unless_read(
      *bind(*parse_policy("harm(costs=\"" + file + "\")", 1), {.classes = classes}), costs);
  QCOMPARE(*costs_of(filed), (std::vector<double>{0, 1, 3, 0}));
  const BoundPolicy edited = with_costs(filed, costs);
  QCOMPARE(*costs_of(edited), costs);
  QCOMPARE(to_string(edited.policy), to_string(parse_policy("harm", 1).value()));
  QVERIFY(with_costs(*bind(plain), costs) == *bind(plain));
}

void TestLearningPolicies::costs_are_changed_by_words() {
  const CostMatrix plain = plain_costs({"cat", "dog", "a>b", "a=b"});
  QVERIFY(changed_costs(plain).empty() && as_changes(plain, 0)->empty());
  const std::vector<std::string> changes = {"cat>dog=5", "a>b>cat=0.25", " dog > a=b = 3"};
  const auto changed = with_changed_costs(plain, changes, "--cost-of");
  QVERIFY2(changed.has_value(), changed ? "" : changed.error().message.c_str());
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j)
      QCOMPARE((*changed)(i, j), i == 0 && j == 1   ? 5.0
                                 : i == 2 && j == 0 ? 0.25
                                 : i == 1 && j == 3 ? 3.0
                                                    : plain(i, j));
  const auto cells = changed_costs(*changed);
  QCOMPARE(cells.size(), std::size_t{3});
  QCOMPARE(cells[1].truth, std::size_t{1});
  QCOMPARE(cells[1].decided, std::size_t{3});
  QCOMPARE(cells[1].cost, 3.0);
  // Written by row, and read back.
  const auto written = as_changes(*changed, 3);
  QVERIFY(written.has_value());
  QCOMPARE(*written, (std::vector<std::string>{"cat>dog=5", "dog>a=b=3", "a>b>cat=0.25"}));
  QVERIFY(*with_changed_costs(plain, *written, "") == *changed);
  QVERIFY(!as_changes(*changed, 2));
  // Once more the same is no other cost; a different one is not chosen between.
  QVERIFY(*with_changed_costs(plain, std::vector<std::string>{"cat>dog=5", "cat > dog=5.0"}, "") ==
          *with_changed_costs(plain, std::vector<std::string>{"cat>dog=5"}, ""));
  const auto twice =
      with_changed_costs(plain, std::vector<std::string>{"cat>dog=5", "cat>dog=3"}, "--cost-of");
  QVERIFY(!twice && twice.error().kind == ErrorKind::usage);
  QCOMPARE(twice.error().message,
           std::string("'cat>dog=3': these classes cost 5 by a change before"));
  QCOMPARE(twice.error().where, std::string("--cost-of"));
  // What could be read in two ways is not written.
  CostMatrix twofold = plain_costs({"a", "b>c", "a>b", "c"});
  twofold.costs[0 * 4 + 1] = 2;
  QVERIFY(!as_changes(twofold, 9));
}

void TestLearningPolicies::wrong_changes_of_costs_are_named_data() {
  QTest::addColumn<QString>("change");
  for (const char* change : {"", "cat>dog", "cat=5", "cat>cow=5", "dog>=5", "cat>dog=x",
                             "cat>dog=-1", "cat>dog=nan", "cat>dog=inf", "cat>cat=2", "a>b>c=2"})
    QTest::newRow(change) << change;
}

void TestLearningPolicies::wrong_changes_of_costs_are_named() {
  QFETCH(QString, change);
  const std::vector<std::string> changes = {change.toStdString()};
  const auto changed =
      with_changed_costs(plain_costs({"cat", "dog", "a", "b>c", "a>b", "c"}), changes, "--cost-of");
  QVERIFY(!changed.has_value());
  QCOMPARE(changed.error().kind, ErrorKind::usage);
  QCOMPARE(changed.error().where, std::string("--cost-of"));
}

void TestLearningPolicies::a_cascade_stops_at_the_first_that_is_sure() {
  const OwnedTable owned = random_table(600, 4, 3, 10);
  const auto policy = bind(*parse_policy("cascade(t=0.8:0.6:0.9,order=2:0)", 4));
  QVERIFY(policy.has_value());
  const VoteTable votes = owned.table();
  Decisions decisions;
  decide(*policy, votes, decisions);
  const std::size_t order[] = {2, 0, 1, 3};
  const float least[] = {0.8F, 0.6F, 0.9F, 0.9F};
  std::vector<double> asked(4);
  for (std::size_t i = 0; i < 600; ++i) {
    std::size_t stage = 0;
    while (stage < 3 && owned.confidence[order[stage]][i] < least[stage]) ++stage;
    QCOMPARE(decisions.label[i], owned.predicted[order[stage]][i]);
    QCOMPARE(decisions.accept[i] != 0, owned.confidence[order[stage]][i] >= least[stage]);
    for (std::size_t s = 0; s <= stage; ++s) asked[order[s]] += 1.0 / 600;
  }
  const auto shares = asked_shares(*policy, votes);
  for (std::size_t v = 0; v < 4; ++v) QVERIFY(close(shares[v], asked[v]));
  const auto stages = stages_of(*policy, shares);
  QCOMPARE(stages.size(), std::size_t{4});
  for (std::size_t s = 0; s < 4; ++s) {
    QCOMPARE(stages[s].voter, order[s]);
    QCOMPARE(stages[s].share, shares[order[s]]);
  }
  // Who is asked for everything has no stages.
  QVERIFY(stages_of(*bind(*parse_policy("majority", 4)), std::vector<double>(4, 1.0)).empty());
  const auto twice = bind(*parse_policy("cascade(order=1:1)", 4));
  QVERIFY(!twice);
  QCOMPARE(twice.error().message,
           std::string("the order of 'cascade' has 1, which is not the position of a voter or "
                       "appears twice"));
  // By agreement: the first two where they agree, else the majority of all.
  decide(*bind(*parse_policy("cascade(form=agreement)", 4)), votes, decisions);
  for (std::size_t i = 0; i < 600; ++i) {
    const bool agree = owned.predicted[0][i] == owned.predicted[1][i];
    const auto all = reference("majority", {}, votes, i);
    QCOMPARE(decisions.label[i], agree ? owned.predicted[0][i] : all.label);
    QCOMPARE(decisions.accept[i] != 0, agree || all.accept);
  }
}

void TestLearningPolicies::what_is_staged_has_the_same_verdicts_data() {
  QTest::addColumn<QString>("inner");
  for (const char* text : {"mcp", "majority", "unanimous", "polygraph", "polygraph(thr_conf=0.3)",
                           "polygraph(thr_freq=1)", "polygraph(thr_conf=0.5,thr_freq=2)"})
    QTest::newRow(text) << text;
}

void TestLearningPolicies::what_is_staged_has_the_same_verdicts() {
  QFETCH(QString, inner);
  std::mt19937 random(11);
  for (const std::size_t voters : {1, 2, 3, 4}) {
    const OwnedTable owned = random_table(200, voters, 3, static_cast<unsigned>(voters));
    const VoteTable votes = owned.table();
    const auto plain_policy = parse_policy(inner.toStdString(), voters);
    if (!plain_policy) continue;  // more votes than voters
    Decisions plain, staged;
    decide(*bind(*plain_policy), votes, plain);
    std::vector<std::size_t> order(voters);
    for (std::size_t v = 0; v < voters; ++v) order[v] = v;
    std::ranges::shuffle(order, random);
    std::string text;
    for (const std::size_t v : order) text += (text.empty() ? "" : ":") + std::to_string(v);
    const auto policy =
        bind(*parse_policy("staged(inner=" + inner.toStdString() + ",order=" + text + ")", voters));
    QVERIFY(policy.has_value());
    decide(*policy, votes, staged);
    QVERIFY(plain.verdict == staged.verdict && plain.label == staged.label &&
            plain.accept == staged.accept && plain.score == staged.score);
    // Whatever those say that were not asked: label and acceptance are the same. And one voter
    // less would not have been enough.
    double asked_together = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      const std::size_t asked = voters_asked(policy->inner.front(), votes, order, i);
      asked_together += static_cast<double>(asked);
      for (const std::size_t fixed : {asked, asked - 1}) {
        std::size_t ends = 1;
        for (std::size_t k = fixed; k < voters; ++k) ends *= 8;
        OwnedTable all;
        all.labels.assign(ends, 0);
        all.predicted.assign(voters, std::vector<ClassIndex>(ends));
        all.confidence.assign(voters, std::vector<float>(ends));
        all.log_prob.assign(voters, std::vector<float>(ends, -1.0F));
        for (std::size_t end = 0; end < ends; ++end)
          for (std::size_t k = 0, rest = end; k < voters; ++k) {
            const std::size_t v = order[k];
            const bool known = k < fixed;
            all.predicted[v][end] =
                known ? owned.predicted[v][i] : static_cast<ClassIndex>(rest % 4);
            all.confidence[v][end] = known ? owned.confidence[v][i] : rest / 4 % 2 ? 1.0F : 0.0F;
            if (!known) rest /= 8;
          }
        Decisions every;
        decide(policy->inner.front(), all.table(), every);
        const bool settled =
            std::ranges::count(every.label, every.label[0]) == static_cast<std::ptrdiff_t>(ends) &&
            std::ranges::count(every.accept, every.accept[0]) == static_cast<std::ptrdiff_t>(ends);
        QCOMPARE(settled, fixed == asked);
      }
    }
    double shares = 0;
    for (const double share : asked_shares(*policy, votes)) shares += share;
    QVERIFY(close(shares, asked_together / 200));
  }
}

void TestLearningPolicies::the_cheapest_order_is_found() {
  const OwnedTable owned = random_table(300, 4, 3, 12);
  const VoteTable votes = owned.table();
  const std::vector<std::optional<double>> latency = {4.0, 1.0, 2.0, 3.0};
  const BoundPolicy policy = *bind(*parse_policy("polygraph(thr_conf=0.4)", 4));
  const auto cost = [&](const std::vector<std::size_t>& order) {
    const auto shares = staged_shares(policy, votes, order);
    double sum = 0;
    for (std::size_t v = 0; v < 4; ++v) sum += shares[v] * *latency[v];
    return sum;
  };
  std::vector<std::size_t> order = {0, 1, 2, 3};
  double least = 1e9;
  do least = std::min(least, cost(order));
  while (std::next_permutation(order.begin(), order.end()));
  QVERIFY(close(cost(cheapest_order(policy, votes, latency)), least));
  QVERIFY(!bind(*parse_policy("staged(inner=mean)", 4)));
  // Learned on a split, and kept.
  const HeldSplit split{"validation", votes, {}};
  const FitData fit = split.fit_data();
  const auto staged = bind(*parse_policy("staged(inner=polygraph(thr_conf=0.4))", 4),
                           {.fit = &fit, .latency_ms = latency});
  QCOMPARE(staged->learned.split, std::string("validation"));
  const auto read = read_bound_policy(to_json(*staged), "d.json");
  QVERIFY(read.has_value() && *read == *staged);
}

}  // namespace plumbline::test

#include <QtTest>
#include <cmath>
#include <random>

#include "core/decision/bound_policy_json.h"
#include "core/decision/default_voters.h"
#include "core/decision/mean_of_voters.h"
#include "core/decision/policy_cost.h"
#include "core/decision/policy_energy.h"
#include "core/decision/verdicts.h"
#include "tests/core/decision/reference_policies.h"
#include "tests/core/decision/tests.h"
#include "tests/core/decision/toy_policies.h"

namespace plumbline::test {

namespace {

Policy toy(const std::string& text, std::size_t voters = 3) {
  const auto policy = parse_policy(text, voters, kinds_with_toys());
  if (!policy) qFatal("%s", to_string(policy.error()).c_str());
  return *policy;
}

/// Distributions of overconfident voters, and the votes that come of them: they were made with
/// twice the log-probabilities that they should have.
struct Overconfident {
  static constexpr std::size_t samples = 4000, classes = 4, voters = 3;
  std::vector<ClassIndex> labels = std::vector<ClassIndex>(samples);
  std::vector<std::vector<double>> probabilities{voters, std::vector<double>(samples* classes)};
  std::vector<std::vector<ClassIndex>> predicted{voters, labels};
  std::vector<std::vector<float>> confidence{voters, std::vector<float>(samples)};

  Overconfident() {
    std::mt19937 random(9);
    std::normal_distribution<double> normal(0, 1.2);
    for (std::size_t i = 0; i < samples; ++i)
      for (std::size_t v = 0; v < voters; ++v) {
        std::array<double, classes> logit{}, chance{};
        double sum = 0, doubled = 0;
        for (std::size_t c = 0; c < classes; ++c) logit[c] = normal(random);
        for (const double value : logit) sum += std::exp(value), doubled += std::exp(2 * value);
        for (std::size_t c = 0; c < classes; ++c) {
          chance[c] = std::exp(logit[c]) / sum;
          probabilities[v][i * classes + c] = std::exp(2 * logit[c]) / doubled;
        }
        // The first voter's own chances draw the label.
        if (v == 0)
          labels[i] = static_cast<ClassIndex>(
              std::discrete_distribution<int>(chance.begin(), chance.end())(random));
        const auto top = std::ranges::max_element(logit);
        predicted[v][i] = static_cast<ClassIndex>(top - logit.begin());
        confidence[v][i] = static_cast<float>(std::exp(2 * *top) / doubled);
      }
  }

  VoteTable table() const {
    VoteTable result{labels, {}};
    for (std::size_t v = 0; v < voters; ++v)
      result.voters.push_back({predicted[v], confidence[v], {}});
    return result;
  }

  PolicyBlock block(const VoteTable& votes, std::size_t begin, std::size_t end) const {
    PolicyBlock result{votes, begin, end, {end - begin, classes, {}}};
    for (const auto& rows : probabilities)
      result.distributions.probabilities.push_back(rows.data() + begin * classes);
    return result;
  }

  FitData fit(const VoteTable& votes) const {
    return {"validation", votes,
            [this, &votes](const std::function<void(const PolicyBlock&)>& use) -> Result<void> {
              for (std::size_t begin = 0; begin < samples; begin += 1500)
                use(block(votes, begin, std::min(begin + 1500, samples)));
              return {};
            }};
  }

  ReducedScores scores(const BoundPolicy& policy, const VoteTable& votes) const {
    ReducedScores result{labels, std::vector<double>(samples), std::vector<std::uint8_t>(samples),
                         std::vector<std::uint8_t>(samples)};
    for (std::size_t begin = 0; begin < samples; begin += 1000)
      score_block(policy, block(votes, begin, begin + 1000),
                  {result.label, result.score, result.accept, result.tie});
    return result;
  }
};

}  // namespace

void TestBoundPolicies::logarithms_are_added_as_probabilities() {
  std::mt19937 random(4);
  std::uniform_real_distribution<float> spread(-80, 0);
  std::vector<float> log_probs(1003);
  for (float& value : log_probs) value = spread(random);
  log_probs[0] = 0;
  log_probs[1] = -std::numeric_limits<float>::infinity();
  log_probs[2] = -1e-7F;
  std::vector<double> sum(log_probs.size());
  add_probabilities(log_probs, sum);
  add_probabilities(log_probs, sum);
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double expected = 2 * std::exp(static_cast<double>(log_probs[c]));
    QVERIFY(std::abs(sum[c] - expected) <= 1e-5 * expected + 1e-35);
    if (log_probs[c] > -1) QVERIFY(std::abs(sum[c] - expected) <= 1e-6 * expected);
  }
}

void TestBoundPolicies::what_is_able_to_do_what() {
  for (const PolicyKind* kind : policy_kinds()) {
    const std::string name(kind->name);
    // As many as the one needs that asks for most.
    const auto policy = *make_policy(name, 30);
    QVERIFY2(kind->score != nullptr && !kind->summary.empty(), name.c_str());
    QVERIFY2(bind(policy).has_value() != policy.traits().fitted, name.c_str());
    QVERIFY2(!policy.traits().can_be_staged || kind->settled != nullptr, name.c_str());
    if (policy.traits().fitted) continue;
    const auto shares = asked_shares(*bind(policy));
    QCOMPARE(shares.size(), std::size_t{30});
    QCOMPARE(shares[0], 1.0);
    QCOMPARE(shares[29], policy.traits().asks_first_only ? 0.0 : 1.0);
  }
}

namespace {

/// All votes of five voters for three classes that begin like `beginning`, of which the first
/// `fixed` votes count; those that follow are sure or unsure.
OwnedTable completions(int beginning, int fixed) {
  constexpr int voters = 5, classes = 3, ways = classes * 2;
  OwnedTable owned;
  owned.predicted.resize(voters);
  owned.confidence.resize(voters);
  owned.log_prob.resize(voters);
  int ends = 1;
  for (int v = fixed; v < voters; ++v) ends *= ways;
  for (int end = 0; end < ends; ++end) {
    owned.labels.push_back(0);
    for (int v = 0, first = beginning, rest = end; v < voters; ++v) {
      int& digits = v < fixed ? first : rest;
      const auto place = static_cast<std::size_t>(v);
      owned.predicted[place].push_back(static_cast<ClassIndex>(digits % classes));
      digits /= classes;
      owned.confidence[place].push_back(v < fixed ? 0.8F : digits % 2 != 0 ? 0.99F : 0.1F);
      if (v >= fixed) digits /= 2;
    }
  }
  return owned;
}

}  // namespace

void TestBoundPolicies::what_can_be_staged_may_be_settled_early() {
  // Is there a beginning after which label and acceptance are the same, whatever the others say?
  for (const PolicyKind* kind : policy_kinds()) {
    if (kind->traits.needs != PolicyNeeds::votes) continue;
    const auto bound = bind(*make_policy(kind->name, 5));
    // A wrapper is settled where the policy within it is; one may need more voters.
    if (!bound || bound->policy.traits().decides_as_inner) continue;
    const BoundPolicy& policy = *bound;
    bool is_settled_once = false;
    for (int fixed = 1, beginnings = 3; fixed < 5; ++fixed, beginnings *= 3)
      for (int beginning = 0; beginning < beginnings; ++beginning) {
        const OwnedTable owned = completions(beginning, fixed);
        Decisions decisions;
        decide(policy, owned.table(), decisions);
        const auto all = static_cast<std::ptrdiff_t>(owned.labels.size());
        is_settled_once |= std::ranges::count(decisions.label, decisions.label[0]) == all &&
                           std::ranges::count(decisions.accept, decisions.accept[0]) == all;
      }
    QVERIFY2(is_settled_once == kind->traits.can_be_staged, std::string(kind->name).c_str());
  }
}

void TestBoundPolicies::every_type_of_parameter_is_written_and_read() {
  const auto defaults = toy("every");
  QCOMPARE(QString::fromStdString(to_string(defaults)),
           QString("every(n=0.5,k=2,mode=fast,order=,costs=,inner=majority)"));
  const auto given =
      toy("every( inner = polygraph(thr_freq=2, thr_conf=0.25) , costs = \"a, b (1).csv\", "
          "order=2:0:1, mode=exact, k=1, n=0.25)");
  QCOMPARE(given.number(0), 0.25);
  QCOMPARE(given.number(1), 1.0);
  QVERIFY(given.text(2) == "exact");
  QVERIFY((given.list(3) == std::vector<double>{2, 0, 1}));
  QVERIFY(given.text(4) == "a, b (1).csv");
  QCOMPARE(given.inner(5).number(0), 0.25);
  for (const Policy& policy : {defaults, given}) QVERIFY(toy(to_string(policy)) == policy);
  QVERIFY(defaults != given);
  QVERIFY(toy("every(inner=mcp(t=0.5))") != toy("every(inner=mcp(t=0.6))"));
  QVERIFY(toy("every(inner=every(inner=every(order=0:1)))").inner(5).inner(5).list(3).size() == 2);
}

void TestBoundPolicies::wrong_values_of_every_type_are_named_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("named");
  QTest::newRow("word") << "every(mode=slow)" << "must be fast or exact";
  QTest::newRow("list with a gap") << "every(order=1::2)" << "written 0:2:1";
  QTest::newRow("list that is not ended") << "every(order=1:)" << "written 0:2:1";
  QTest::newRow("list out of range") << "every(order=0:3)" << "each from 0 to 2";
  QTest::newRow("list of words") << "every(order=a:b)" << "a list of numbers";
  QTest::newRow("nested") << "every(inner=oracle)" << "'oracle'";
  QTest::newRow("in the nested") << "every(inner=mcp(t=7))" << "from 0 to 1";
  QTest::newRow("nested open") << "every(inner=mcp(t=0.5)" << "name(parameter=value";
  QTest::newRow("nested closed twice") << "every(inner=mcp(t=0.5)))" << "name(parameter=value";
  QTest::newRow("quote that is not closed") << "every(costs=\"a)" << "name(parameter=value";
  QTest::newRow("quotes within") << "every(costs=a\"b\"c)" << "a path without quotation marks";
}

void TestBoundPolicies::wrong_values_of_every_type_are_named() {
  QFETCH(QString, text);
  QFETCH(QString, named);
  const auto policy = parse_policy(text.toStdString(), 3, kinds_with_toys());
  QVERIFY(!policy);
  QCOMPARE(exit_code(policy.error().kind), 2);
  const auto told = QString::fromStdString(to_string(policy.error()));
  QVERIFY2(told.contains(named), qPrintable(told));
}

void TestBoundPolicies::policies_are_not_nested_without_end() {
  std::string text = "mcp";
  for (int depth = 0; depth < 8; ++depth) text = "every(inner=" + text + ")";
  QVERIFY(parse_policy(text, 3, kinds_with_toys()).has_value());
  const auto deeper = parse_policy("every(inner=" + text + ")", 3, kinds_with_toys());
  QVERIFY(!deeper);
  QVERIFY(deeper.error().message.find("nested") != std::string::npos);
}

void TestBoundPolicies::another_number_of_voters_keeps_what_fits() {
  const auto four = toy("every(order=3:0,inner=polygraph(thr_conf=0.3,thr_freq=4))", 4);
  const auto five = four.for_voters(5), two = four.for_voters(2);
  QCOMPARE(five.voters(), std::size_t{5});
  QCOMPARE(five.number(1), 4.0);  // a default, which is the last voter
  QVERIFY(five.list(3) == four.list(3));
  QCOMPARE(five.inner(5).number(1), 4.0);  // none
  QVERIFY(two.list(3).empty());
  QCOMPARE(two.inner(5).number(0), 0.3);
  QCOMPARE(two.inner(5).number(1), 2.0);
  QCOMPARE(toy("polygraph", 4).for_voters(7).number(1), 4.0);
  QCOMPARE(toy("polygraph", 4).for_voters(2).number(1), 2.0);
}

void TestBoundPolicies::one_value_is_changed_by_its_text() {
  const auto policy = toy("every(order=1)");
  QVERIFY((policy.with_text(3, "2:1")->list(3) == std::vector<double>{2, 1}));
  QVERIFY(policy.with_text(2, "exact")->text(2) == "exact");
  QVERIFY(!policy.with_text(2, "slow"));
  const auto other = *policy.with_text(5, "polygraph(thr_freq=3)");
  QVERIFY(argument_text(other, 5) == "polygraph(thr_conf=0.7,thr_freq=3)");
  QVERIFY(argument_text(other, 3) == "1");
}

void TestBoundPolicies::only_acceptance_is_changed_on_kept_scores() {
  const auto same = [](const char* a, const char* b) {
    return score_key(toy(a)) == score_key(toy(b));
  };
  QVERIFY(same("mean(t=0.2)", "mean(t=0.8)"));
  QVERIFY(!same("mean", "gmean"));
  QVERIFY(same("polygraph(thr_freq=1)", "polygraph(thr_freq=3)"));
  QVERIFY(!same("polygraph(thr_conf=0.5)", "polygraph(thr_conf=0.6)"));
  // The nested policy of `tempered` is asked for its own; that of `every` is not.
  QVERIFY(same("tempered(inner=mean(t=0.2))", "tempered(inner=mean(t=0.8))"));
  QVERIFY(!same("every(inner=mean(t=0.2))", "every(inner=mean(t=0.8))"));
  QVERIFY(same("every(n=0.2)", "every(n=0.8)"));
}

void TestBoundPolicies::a_temperature_stands_before_any_policy_data() {
  QTest::addColumn<QString>("inner");
  for (const char* inner : {"mcp", "mean", "gmean", "max"}) QTest::newRow(inner) << inner;
}

/// What is as confident as it should be needs no temperature: the tempered policy on overconfident
/// distributions is the plain one on those that they were made of.
void TestBoundPolicies::a_temperature_stands_before_any_policy() {
  QFETCH(QString, inner);
  const Overconfident data;
  const VoteTable votes = data.table();
  const FitData fit = data.fit(votes);
  const auto policy =
      bind(toy("tempered(inner=" + inner.toStdString() + "(t=0.6))"), {.fit = &fit});
  QVERIFY(policy.has_value());
  QCOMPARE(policy->learned["temperature"][0], 2.0);
  QVERIFY(policy->learned.split == "validation");
  QCOMPARE(policy->policy.traits().score_is_probability, inner != "max");
  QCOMPARE(policy->policy.traits().asks_first_only, inner == "mcp");
  Overconfident calm = data;
  for (std::size_t v = 0; v < 3; ++v)
    for (std::size_t i = 0; i < data.samples; ++i) {
      double* row = calm.probabilities[v].data() + i * 4;
      double sum = 0;
      for (int c = 0; c < 4; ++c) sum += row[c] = std::sqrt(row[c]);
      for (int c = 0; c < 4; ++c) row[c] /= sum;
      calm.confidence[v][i] = static_cast<float>(*std::max_element(row, row + 4));
    }
  const VoteTable calm_votes = calm.table();
  const auto plain = *bind(toy(inner.toStdString() + "(t=0.6)"));
  const auto tempered_scores = data.scores(*policy, votes),
             plain_scores = calm.scores(plain, calm_votes);
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < data.samples; ++i) {
    QVERIFY(std::abs(tempered_scores.score[i] - plain_scores.score[i]) < 1e-6);
    if (std::abs(plain_scores.score[i] - 0.6) > 1e-6)
      QCOMPARE(tempered_scores.accept[i], plain_scores.accept[i]);
    accepted += tempered_scores.accept[i];
  }
  QVERIFY(accepted > 20 && accepted < 3900);
  // A threshold is dragged on the scores that are kept.
  Decisions dragged;
  const auto lower =
      *rebind(*policy, toy("tempered(inner=" + inner.toStdString() + "(t=0.4))"), {.fit = nullptr});
  decide(lower, tempered_scores, votes, dragged);
  for (std::size_t i = 0; i < data.samples; ++i)
    QCOMPARE(dragged.accept[i] != 0, static_cast<float>(tempered_scores.score[i]) >= 0.4F);
}

void TestBoundPolicies::what_is_fitted_needs_a_split() {
  for (const char* text : {"tempered", "every(inner=tempered)"}) {
    const auto policy = bind(toy(text));
    QVERIFY(!policy);
    QCOMPARE(exit_code(policy.error().kind), 2);
    QVERIFY(policy.error().message.find("'tempered' is fitted on a split") != std::string::npos);
  }
  const Overconfident data;
  const VoteTable votes = data.table();
  const FitData fit = data.fit(votes);
  QVERIFY(bind(toy("every(inner=tempered)"), {.fit = &fit})->inner[0].learned["temperature"][0] ==
          2.0);
  // What reading the split says, and what the policy says itself.
  const FitData broken{"validation", votes,
                       [](const auto&) -> Result<void> { return bad_input("torn", "a.npy"); }};
  QVERIFY(bind(toy("tempered"), {.fit = &broken}).error().message == "torn");
  QVERIFY(bind(toy("relay", 1), {.fit = &fit}).error().message == "a relay needs two voters");
}

void TestBoundPolicies::what_was_learned_is_kept_while_a_threshold_moves() {
  const Overconfident data;
  const VoteTable votes = data.table();
  const FitData fit = data.fit(votes);
  const auto policy = *bind(toy("tempered(inner=mean(t=0.2))"), {.fit = &fit});
  const auto moved = rebind(policy, toy("tempered(inner=mean(t=0.8))"));
  QVERIFY(moved.has_value());
  QVERIFY(moved->learned == policy.learned);
  QCOMPARE(moved->inner[0].policy.number(0), 0.8);
  QVERIFY(same_scores(*moved, policy));
  QVERIFY(!(*moved == policy));
  // Another policy before which it stands, or other voters: fitted anew, which needs the split.
  QVERIFY(!rebind(policy, toy("tempered(inner=gmean)")));
  QVERIFY(!rebind(policy, toy("tempered(inner=mean)", 2)));
  QVERIFY(!rebind(policy, toy("relay")));
  auto colder = policy;
  colder.learned.numbers["temperature"] = {1};
  QVERIFY(!same_scores(colder, policy));
}

void TestBoundPolicies::a_relay_asks_its_second_voter_for_some() {
  const Overconfident data;
  const VoteTable votes = data.table();
  const FitData fit = data.fit(votes);
  const auto policy = *bind(toy("relay(t=0.6)"), {.fit = &fit});
  const auto passed_on =
      std::ranges::count_if(data.confidence[0], [](float sure) { return sure < 0.6F; });
  const auto shares = asked_shares(policy);
  QCOMPARE(shares[0], 1.0);
  QCOMPARE(shares[1], static_cast<double>(passed_on) / 4000);
  QCOMPARE(shares[2], 0.0);
  Decisions decisions;
  decide(policy, votes, decisions);
  for (std::size_t i = 0; i < data.samples; ++i)
    QCOMPARE(decisions.label[i], data.predicted[data.confidence[0][i] < 0.6F ? 1 : 0][i]);
}

void TestBoundPolicies::only_voters_that_are_asked_cost() {
  using Times = std::vector<std::optional<double>>;
  const auto majority = *bind(toy("majority")), mcp = *bind(toy("mcp"));
  const PolicyCost all = cost_of(majority, Times{2, 3, 7});
  QCOMPARE(all.asked, std::size_t{3});
  QCOMPARE(all.latency_ms.value_or(-1), 12.0);
  QCOMPARE(all.ratio.value_or(-1), 6.0);
  const PolicyCost one = cost_of(mcp, Times{2, std::nullopt, 7});
  QCOMPARE(one.asked, std::size_t{1});
  QCOMPARE(one.latency_ms.value_or(-1), 2.0);
  QCOMPARE(one.ratio.value_or(-1), 1.0);
  // One that is asked was not measured.
  QVERIFY(!cost_of(majority, Times{2, std::nullopt, 7}).latency_ms);
  QVERIFY(!cost_of(mcp, Times{std::nullopt, 3, 7}).ratio);
  // One that is asked for a quarter of the samples costs a quarter.
  auto passing = BoundPolicy{toy("relay"), {"validation", {{"asked", {1, 0.25, 0}}}}, {}};
  QCOMPARE(cost_of(passing, Times{2, 4, std::nullopt}).latency_ms.value_or(-1), 3.0);
  // Joules are counted alike.
  const PolicyEnergy energy = energy_of(passing, Times{500, 2000, std::nullopt});
  QCOMPARE(energy.joules.value_or(-1), 1000.0);
  QCOMPARE(energy.ratio.value_or(-1), 2.0);
  QVERIFY(!energy_of(majority, Times{500, 2000, std::nullopt}).joules);
  QVERIFY(!energy_of(majority, Times{}).joules && !energy_of(majority, Times{}).ratio);
}

void TestBoundPolicies::what_is_left_of_a_batch_costs_what_it_takes() {
  // 64 samples take 20 ms, 16 take 8, 4 take 5: no voter is cheaper than half for a quarter.
  VoterTimes times{64, {20.0, 20.0, std::nullopt}, {{{4, 5}, {16, 8}, {64, 20}}, {{64, 20}}, {}}};
  QCOMPARE(times.at_share(0, 1).value_or(-1), 20.0);
  QCOMPARE(times.at_share(0, 0.25).value_or(-1), 8.0);
  QCOMPARE(times.at_share(0, 0.625).value_or(-1), 14.0);          // 40 samples
  QCOMPARE(times.at_share(0, 10.0 / 64).value_or(-1), 6.5);       // 10
  QCOMPARE(times.at_share(0, 2.0 / 64).value_or(-1), 5.0);        // 2: as the least measured
  QCOMPARE(times.at_share(0, 0.25 / 64).value_or(-1), 0.25 * 5);  // every fourth batch has one
  // Of one size alone in proportion.
  QCOMPARE(times.at_share(1, 0.25).value_or(-1), 5.0);
  QVERIFY(!times.at_share(2, 0.25) && !times.at_share(3, 1));
  QCOMPARE(times.expected_ms(std::vector<double>{1, 0.25, 0}).value_or(-1), 25.0);
  QVERIFY(!times.expected_ms(std::vector<double>{1, 0.25, 0.1}));
  QVERIFY(times.common_sizes().empty());
  const std::vector<std::size_t> turned = {1, 0};
  QCOMPARE(times.of(turned).common_sizes(), std::vector<double>{64});
  QCOMPARE(times.of(turned).expected_ms(std::vector<double>{1, 0.25}).value_or(-1), 25.0);
  // Never cheaper for more: over all shares.
  for (int i = 1; i <= 640; ++i)
    QVERIFY(*times.at_share(0, i / 640.0) >= *times.at_share(0, (i - 1) / 640.0));
  const PolicyCost cost = cost_of_shares(std::vector<double>{1, 0.25}, times);
  QCOMPARE(cost.asked, std::size_t{2});
  QCOMPARE(cost.ratio.value_or(-1), 1.25);
}

void TestBoundPolicies::what_is_bound_is_written_and_read() {
  const Overconfident data;
  const VoteTable votes = data.table();
  const FitData fit = data.fit(votes);
  for (const char* text :
       {"polygraph(thr_conf=0.1,thr_freq=2)", "tempered(inner=gmean(t=0.3))", "relay(t=0.7)",
        "every(order=2:0,costs=\"a,b\",inner=tempered(inner=mcp))"}) {
    const auto policy = bind(toy(text), {.fit = &fit});
    QVERIFY2(policy.has_value(), text);
    const auto again = read_bound_policy(to_json(*policy), "d.json", kinds_with_toys());
    QVERIFY2(again.has_value(), again ? "" : to_string(again.error()).c_str());
    QVERIFY2(*again == *policy, to_json(*policy).c_str());
  }
}

void TestBoundPolicies::wrong_documents_are_named_data() {
  QTest::addColumn<QString>("json");
  QTest::addColumn<QString>("named");
  QTest::newRow("no JSON") << "{" << "JSON";
  QTest::newRow("no object") << "[]" << "object";
  QTest::newRow("no policy") << R"({"voters": 3})" << "'policy' is missing";
  QTest::newRow("unknown") << R"({"policy": "oracle", "voters": 3})" << "'oracle'";
  QTest::newRow("no voters") << R"({"policy": "mcp", "voters": 0})" << "'voters'";
  QTest::newRow("unknown key") << R"({"policy": "mcp", "voters": 3, "colour": 1})" << "colour";
  QTest::newRow("learned by one that does not")
      << R"({"policy": "mcp", "voters": 3, "learned": {"w": [1]}})" << "learned";
  QTest::newRow("not learned") << R"({"policy": "relay", "voters": 3})" << "'learned'";
  QTest::newRow("too few numbers")
      << R"({"policy": "relay", "voters": 3, "learned": {"asked": [1, 0]}})" << "3 numbers";
  QTest::newRow("no number")
      << R"({"policy": "relay", "voters": 2, "learned": {"asked": [1, null]}})" << "finite";
  QTest::newRow("nothing nested")
      << R"({"policy": "tempered", "voters": 2, "learned": {"temperature": [1]}})" << "'inner'";
  QTest::newRow("another nested")
      << R"({"policy": "tempered", "voters": 2, "learned": {"temperature": [1]},
             "inner": [{"policy": "mean", "voters": 2}]})"
      << "'mean' is not the one";
}

void TestBoundPolicies::wrong_documents_are_named() {
  QFETCH(QString, json);
  QFETCH(QString, named);
  const auto policy = read_bound_policy(json.toStdString(), "d.json", kinds_with_toys());
  QVERIFY(!policy);
  QCOMPARE(exit_code(policy.error().kind), 3);
  const auto told = QString::fromStdString(to_string(policy.error()));
  QVERIFY2(told.contains(named) && told.contains("d.json"), qPrintable(told));
}

void TestBoundPolicies::explanations_are_in_words_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<QString>("words");
  QTest::newRow("mcp rejects") << "mcp" << "mcp 0.8000 < 0.90";
  QTest::newRow("mcp accepts") << "mcp(t=0.125)" << "mcp 0.8000 ≥ 0.125";
  QTest::newRow("max") << "max(t=0.85)" << "max 0.9000 ≥ 0.85";
  QTest::newRow("majority") << "majority" << "2 of 4 votes, needs 3";
  QTest::newRow("unanimous") << "unanimous" << "2 of 4 votes, needs all";
  QTest::newRow("polygraph") << "polygraph(thr_conf=0.5,thr_freq=1)"
                             << "1 of 4 votes ≥ 0.50, needs 1";
}

void TestBoundPolicies::explanations_are_in_words() {
  QFETCH(QString, text);
  QFETCH(QString, words);
  OwnedTable owned;
  owned.labels = {0, 0};
  owned.predicted = {{3, 3}, {3, 3}, {1, no_class}, {2, 2}};
  owned.confidence = {{0.8F, 0.8F}, {0.3F, 0.3F}, {0.4F, 0.4F}, {0.9F, 0.9F}};
  owned.log_prob.resize(4);
  if (text.startsWith("polygraph")) owned.confidence[3][0] = 0.2F;
  const VoteTable votes = owned.table();
  const auto policy = *bind(*parse_policy(text.toStdString(), 4));
  Decisions decisions;
  decide(policy, votes, decisions);
  const auto told = [&](std::size_t i) {
    return QString::fromStdString(explain(
        policy, votes, {i, decisions.label[i], decisions.score[i], decisions.accept[i] != 0}));
  };
  QCOMPARE(told(0), words);
  QCOMPARE(told(1), QString("a voter has no output"));
}

void TestBoundPolicies::default_voters_are_those_of_the_identity_view_data() {
  QTest::addColumn<QString>("voters");
  QTest::addColumn<QString>("chosen");
  QTest::newRow("models × views") << "a,a:flip_x,b,b:flip_x" << "0 2";
  QTest::newRow("in any order") << "a:flip_x,b:flip_x,b,a" << "2 3";
  QTest::newRow("models alone") << "a,b,c" << "0 1 2";
  QTest::newRow("one model's views") << "a,a:flip_x,a:gamma=0.8" << "0 1 2";
  QTest::newRow("member i on view i") << "a,b:flip_x,c:gamma=0.8" << "0 1 2";
  QTest::newRow("one pair is missing") << "a,a:flip_x,b" << "0 1 2";
  QTest::newRow("no identity") << "a:flip_x,b:flip_x" << "0 1";
}

void TestBoundPolicies::default_voters_are_those_of_the_identity_view() {
  QFETCH(QString, voters);
  QFETCH(QString, chosen);
  QStringList places;
  for (const std::size_t place : default_voters(*parse_voters(voters.toStdString())))
    places << QString::number(place);
  QCOMPARE(places.join(' '), chosen);
}

}  // namespace plumbline::test

#include <cmath>
#include <random>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/planer/front/cost_table.h"
#include "core/planer/front/latency_table.h"
#include "core/planer/front/target_verdict.h"
#include "tests/core/planer/front/tests.h"
#include "tests/support/json_mistakes.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

OptionIndex option(const char* name) { return find_option(name).value(); }

LatencyTable example_table() {
  LatencyTable table;
  table.key = {"CPU test, 2 threads", 4, 64, 128, "fp32"};
  table.config = load_backbone_config("tiny").value();
  table.cuda_graph = true;
  // Binary fractions: sums are exact.
  for (std::size_t i = 0; i < slot_options().size(); ++i)
    table.options.emplace_back(MeasuredLatency{static_cast<double>(i) / 8, 0.0625, 50});
  table.options[option("attention-2")].reset();
  table.embedding = {0.25, 0.01, 50};
  table.softmax = {0.5, 0.02, 50};
  table.norm = {0.03125, 0.001, 50};
  table.baseline = {4.5, 0.1, 30};
  table.measured_at = "2026-11-24T15:00:00Z";
  return table;
}

}  // namespace

void TestLatencyTable::estimate_by_hand() {
  const LatencyTable table = example_table();
  // attention-8 is the fifth option: 0.5; feed-forward 0.625; experts-2 0.875.
  QCOMPARE(table.estimate_ms({option("attention-8"), option("experts-2")}).value(),
           0.25 + 0.5 + 0.5 + 0.875);
  QCOMPARE(table.estimate_ms({}).value(), 0.75);
  // 0.75 + 4 · (0.5 + 0.625) = 5.25 against 4.5
  QCOMPARE(table.estimate_error(), 5.25 / 4.5 - 1);
}

void TestLatencyTable::what_was_not_measured_has_no_estimate() {
  LatencyTable table = example_table();
  QVERIFY(!table.estimate_ms({option("attention-2")}));
  QVERIFY(!latency_shares(table, {option("attention-2")}));
  table.options[skip_option].reset();
  QCOMPARE(table.estimate_ms({skip_option}).value(), 0.75);
  table.options.resize(3);
  QVERIFY(!table.estimate_ms({option("feed-forward")}));
  QVERIFY(std::isnan(table.estimate_error()));
  LatencyTable unmeasured = example_table();
  unmeasured.baseline = {};
  QVERIFY(std::isnan(unmeasured.estimate_error()));
}

void TestLatencyTable::shares_by_hand() {
  const auto shares =
      latency_shares(example_table(), {option("attention-8"), option("feed-forward"),
                                       option("experts-1"), option("attention-1"), option("skip")})
          .value();
  QCOMPARE(shares.attention, 0.5 + 0.125 - 2 * 0.03125);
  QCOMPARE(shares.feed_forward, 0.625 - 0.03125);
  QCOMPARE(shares.experts, 0.75 - 0.03125);
  QCOMPARE(shares.norm, 4 * 0.03125);
  QCOMPARE(shares.embedding, 0.25);
  QCOMPARE(shares.softmax, 0.5);
}

void TestLatencyTable::shares_sum_to_the_estimate() {
  LatencyTable table = example_table();
  table.options[skip_option]->median_ms = 0.0078125;
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    // A norm that is measured slower than a whole option leaves no negative share.
    table.norm.median_ms = round % 2 == 0 ? 0.03125 : 0.375;
    Architecture architecture(random() % 40);
    for (auto& slot : architecture) {
      slot = static_cast<OptionIndex>(random() % slot_options().size());
      if (slot == option("attention-2")) slot = skip_option;
    }
    const auto shares = latency_shares(table, architecture).value();
    QCOMPARE(shares.total(), table.estimate_ms(architecture).value());
    for (const double share : {shares.attention, shares.feed_forward, shares.experts, shares.norm})
      QVERIFY(share >= 0);
  }
}

void TestLatencyTable::what_is_written_is_read_back() {
  const LatencyTable table = example_table();
  const std::string text = to_json(table).dump();
  const LatencyTable read = read_text(parse_latency_table, text).value();
  QVERIFY(read.key == table.key);
  QVERIFY(read.config == table.config);
  QCOMPARE(read.options.size(), table.options.size());
  QVERIFY(!read.options[option("attention-2")]);
  QCOMPARE(read.options[option("experts-1")]->repeats, 50);
  QCOMPARE(to_json(read).dump(), text);
  const auto key = parse_step_key(json::parse(to_json(table.key).dump()), "k").value();
  QVERIFY(key == table.key);
}

void TestLatencyTable::an_older_table_has_fewer_options() {
  // attention-2 was not measured; more heads than eight are no options of this backbone.
  QCOMPARE(option_names(unmeasured_options(cost_table_of(example_table()))),
           std::string("attention-2"));
  json document = json::parse(to_json(example_table()).dump());
  for (const char* later : {"feed-forward-half", "feed-forward-double", "experts-half-1",
                            "experts-half-2", "attention-12", "attention-16"})
    QCOMPARE(document["options"].erase(later), std::size_t{1});
  const LatencyTable old = parse_latency_table(document, "t").value();
  QCOMPARE(old.options.size(), slot_options().size());
  QCOMPARE(option_names(unmeasured_options(cost_table_of(old))),
           std::string("attention-2, feed-forward-half, feed-forward-double, experts-half-1, "
                       "experts-half-2"));
  QCOMPARE(old.estimate_ms({option("attention-8"), option("experts-2")}).value(),
           0.25 + 0.5 + 0.5 + 0.875);
  QVERIFY(!old.estimate_ms({option("attention-8"), option("experts-half-2")}));
}

void TestLatencyTable::mistakes_are_named_data() {
  add_mistakes(
      {{R"({"key":null})", "'key' is missing"},
       {R"({"key":{"batch":0}})", "'key.batch' must be an integer from 1"},
       {R"({"key":{"precision":"int4"}})", "'key.precision' must be one of: fp32"},
       {R"({"key":{"device":7}})", "'key.device' must be a string"},
       {R"({"options":{"attention-3":null,"attention-4":{"median_ms":"fast"}}})",
        "'options.attention-4.median_ms' must be a number"},
       {R"({"options":{"attention-4":{"median_ms":-1}}})", "'options.attention-4.median_ms'"},
       {R"({"options":{"attention-4":{"median_ms":1e10}}})", "'options.attention-4.median_ms'"},
       {R"({"options":{"attention-4":{"repeats":1.5}}})", "'options.attention-4.repeats'"},
       {R"({"options":{"convolution":{}}})", "'options.convolution' is not a known key"},
       {R"({"options":[]})", "'options' must be an object"},
       {R"({"softmax":3})", "'softmax' must be an object"},
       {R"({"config":{"layers":0}})", "'layers' must be an integer"},
       {R"({"config":null})", "'config' is missing"},
       {R"({"cuda_graph":1})", "'cuda_graph' must be true or false"},
       {R"({"schema":9})", "'schema'"}});
}

void TestLatencyTable::mistakes_are_named() {
  check_mistake(parse_latency_table, json::parse(to_json(example_table()).dump()));
}

void TestLatencyTable::random_damage_never_crashes() {
  std::mt19937 random(23);
  const std::string text = to_json(example_table()).dump();
  check_cut_texts(parse_latency_table, text);
  for (int round = 0; round < 3000; ++round) {
    const auto table = read_text(parse_latency_table, damaged(text, random));
    if (!table) continue;
    for (const auto& latency : table->options)
      QVERIFY(!latency || (latency->median_ms >= 0 && latency->median_ms <= 1e9));
  }
}

void TestLatencyTable::names_and_training_do_not_change_a_latency() {
  const BackboneConfig config = example_table().config;
  BackboneConfig other = config;
  other.name = "mine";
  other.dropout = 0.3;
  other.attention_dropout = 0.2;
  other.train = {512, 512};
  other.evaluation = {1, 1};
  QVERIFY(same_costs(config, other));
  other.d_inner *= 2;
  QVERIFY(!same_costs(config, other));
}

void TestLatencyTable::a_spread_is_a_share_of_its_median() {
  QCOMPARE(relative_spread({2, 0.25, 50}), 0.125);
  QCOMPARE(relative_spread({2, 0, 4}), 0.0);
  // Three repeats have no quartiles, and nothing is no measurement.
  QVERIFY(std::isinf(relative_spread({2, 0, 3})));
  QVERIFY(std::isinf(relative_spread({})));
}

void TestLatencyTable::a_target_is_met_within_a_hundredth() {
  QVERIFY(meets_target(0.5, 0.5));
  QVERIFY(meets_target(0.5049, 0.5));
  QVERIFY(!meets_target(0.5051, 0.5));
}

}  // namespace plumbline::test

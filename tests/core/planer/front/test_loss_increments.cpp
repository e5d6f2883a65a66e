#include <cmath>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "tests/core/planer/front/brute_force.h"
#include "tests/core/planer/front/tests.h"
#include "tests/support/json_mistakes.h"

namespace plumbline::test {

namespace {

using nlohmann::json;

LossIncrements example_increments() {
  std::mt19937 random(2);
  return random_knapsack(random, 2, 100, 0.3).increments;
}

}  // namespace

void TestLossIncrements::what_is_written_is_read_back() {
  const LossIncrements increments = example_increments();
  const LossIncrements read = read_text(parse_loss_increments, to_json(increments).dump()).value();
  QVERIFY(read.config == increments.config);
  QCOMPARE(read.base, increments.base);
  QCOMPARE(read.base_loss, increments.base_loss);
  QVERIFY(read.increments == increments.increments);
}

void TestLossIncrements::columns_go_by_name() {
  const LossIncrements increments = example_increments();
  json document = json::parse(to_json(increments).dump());
  // As another program might have written it: columns turned round, the last one not known to it.
  const auto turn = [](json& list) {
    list.erase(list.size() - 1);
    std::reverse(list.begin(), list.end());
  };
  turn(document["options"]);
  for (json& row : document["increments"]) turn(row);
  const LossIncrements read = parse_loss_increments(document, "i.json").value();
  for (std::size_t slot = 0; slot < increments.increments.size(); ++slot) {
    auto expected = increments.increments[slot];
    expected.back().reset();
    QVERIFY(read.increments[slot] == expected);
  }
}

void TestLossIncrements::mistakes_are_named_data() {
  add_mistakes(
      {{R"({"base_loss":"low"})", "'base_loss' must be a number"},
       {R"({"base_loss":1e9})", "'base_loss' must be a number"},
       {R"({"base":{"options":["skip"]}})", "'options' must be a list of 4 names"},
       {R"({"base":null})", "'base' is missing"},
       {R"({"config":{"heads":5}})", "'heads'"},
       {R"({"options":["skip","skip"]})", "'options[1]' must be the name of an option, each once"},
       {R"({"options":["skip","gated"]})", "'options[1]'"},
       {R"({"options":["skip"]})", "'increments[0]' must be a list of numbers, one per option"},
       {R"({"increments":[]})", "'increments' must have 4 rows"},
       {R"({"increments":[1,2,3,4]})", "'increments[0]' must be a list of numbers"},
       {R"({"options":["skip"],"increments":[[0],[0],[1e5],[0]]})", "'increments[2]' must contain"},
       {R"({"options":["skip"],"increments":[[0],["x"],[0],[0]]})", "'increments[1]' must contain"},
       {R"({"increment":[]})", "'increment' is not a known key"}});
}

void TestLossIncrements::mistakes_are_named() {
  check_mistake(parse_loss_increments, json::parse(to_json(example_increments()).dump()));
}

void TestLossIncrements::random_damage_never_crashes() {
  std::mt19937 random(29);
  const std::string text = to_json(example_increments()).dump();
  check_cut_texts(parse_loss_increments, text);
  for (int round = 0; round < 3000; ++round) {
    const auto increments = read_text(parse_loss_increments, damaged(text, random));
    if (!increments) continue;
    QCOMPARE(static_cast<std::int64_t>(increments->increments.size()), increments->config.slots());
    for (const auto& row : increments->increments) {
      QCOMPARE(row.size(), slot_options().size());
      for (const auto& value : row) QVERIFY(!value || std::abs(*value) <= 1e4);
    }
  }
}

void TestLossIncrements::losses_are_shown_as_defined() {
  QCOMPARE(bits_per_token(std::log(2.0)), 1.0);
  QCOMPARE(bits_per_token(std::log(256.0)), 8.0);
  QCOMPARE(perplexity(std::log(23.24)), 23.24);
}

}  // namespace plumbline::test

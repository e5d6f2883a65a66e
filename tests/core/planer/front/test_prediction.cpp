#include <cmath>

#include <QtTest>

#include "core/planer/front/prediction.h"
#include "tests/core/planer/front/tests.h"

namespace plumbline::test {

namespace {

/// One layer; option i costs i/8 in the first slot and i/2 in the second; attention-2 is missing.
LossIncrements example() {
  LossIncrements increments;
  increments.config = load_backbone_config("tiny").value();
  increments.config.layers = 1;
  increments.base = baseline_architecture(increments.config);
  increments.base_loss = 2;
  for (const double unit : {0.125, 0.5}) {
    auto& row = increments.increments.emplace_back();
    for (std::size_t i = 0; i < slot_options().size(); ++i)
      row.emplace_back(unit * static_cast<double>(i));
    row[find_option("attention-2").value()].reset();
  }
  return increments;
}

RetrainedNetwork network(const char* name, OptionIndex first, double loss) {
  return {name, {first, skip_option}, loss};
}

}  // namespace

void TestPrediction::sum_by_hand() {
  QCOMPARE(predicted_loss(example(), {1, 3}).value(), 2 + 0.125 + 1.5);
  QVERIFY(!predicted_loss(example(), {1, find_option("attention-2").value()}));
  QVERIFY(!predicted_loss(example(), {1}));
  QVERIFY(!predicted_loss(example(), {1, 200}));
}

void TestPrediction::errors_by_hand() {
  const auto two = prediction_errors(example(), {network("a", 0, 1.5), network("b", 1, 2.25)});
  QCOMPARE(two.networks.size(), std::size_t{2});
  QCOMPARE(two.networks[0].name, std::string("a"));
  QCOMPARE(two.networks[0].predicted, 2.0);
  QCOMPARE(two.networks[0].error, 0.5);
  QCOMPARE(two.networks[1].error, -0.125);
  QCOMPARE(two.mean_absolute.value(), 0.3125);
  QVERIFY(!two.calibration && !two.calibrated_mean_absolute);
  QVERIFY(!two.networks[0].calibrated_error);
  // Predictions 2, 2.125, 2.5 (options 0, 1, 4); measured 1, 1.25, 3. Least squares by its sums.
  const auto three =
      prediction_errors(example(), {network("a", 0, 1), network("b", 1, 1.25), network("c", 4, 3)});
  const double mean_x = (2 + 2.125 + 2.5) / 3, mean_y = 1.75;
  const double sxx = 4 + 4.515625 + 6.25 - 3 * mean_x * mean_x;
  const double sxy = 2 * 1 + 2.125 * 1.25 + 2.5 * 3 - 3 * mean_x * mean_y;
  QVERIFY(std::abs(three.calibration->slope - sxy / sxx) < 1e-9);
  QVERIFY(std::abs(three.calibration->offset - (mean_y - sxy / sxx * mean_x)) < 1e-9);
  // Through the others: b and c give 1.25 + (1.75/0.375)·(2 − 2.125) at a.
  QVERIFY(std::abs(*three.networks[0].calibrated_error - (1.25 - 1.75 / 0.375 * 0.125 - 1)) < 1e-9);
  // a and c give 1 + 4·0.125 at b, a and b give 1 + 2·0.5 at c.
  QVERIFY(std::abs(*three.networks[1].calibrated_error - 0.25) < 1e-9);
  QVERIFY(std::abs(*three.networks[2].calibrated_error - (2.0 - 3)) < 1e-9);
}

void TestPrediction::a_line_is_found_exactly() {
  std::vector<RetrainedNetwork> networks;
  for (const int first : {0, 1, 3, 4, 6})
    networks.push_back(
        network("n", static_cast<OptionIndex>(first), 0.75 + 0.5 * (2 + 0.125 * first)));
  const auto errors = prediction_errors(example(), networks);
  QVERIFY(std::abs(errors.calibration->slope - 0.5) < 1e-12);
  QVERIFY(std::abs(errors.calibration->offset - 0.75) < 1e-12);
  QVERIFY(*errors.calibrated_mean_absolute < 1e-12);
  QVERIFY(*errors.mean_absolute > 0.2);
}

void TestPrediction::equal_predictions_have_an_offset_only() {
  const auto errors =
      prediction_errors(example(), {network("a", 1, 1), network("b", 1, 2), network("c", 1, 3)});
  QCOMPARE(errors.calibration->slope, 1.0);
  QCOMPARE(errors.calibration->offset, 2 - 2.125);
  QVERIFY(std::abs(*errors.networks[0].calibrated_error - 1.5) < 1e-12);
}

void TestPrediction::what_cannot_be_predicted_is_left_out() {
  const auto errors =
      prediction_errors(example(), {network("a", find_option("attention-2").value(), 1),
                                    network("b", 1, std::nan("")),
                                    {"c", {1}, 1.0}});
  QVERIFY(errors.networks.empty());
  QVERIFY(!errors.mean_absolute && !errors.calibration);
}

}  // namespace plumbline::test

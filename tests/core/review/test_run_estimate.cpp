#include <QtTest>

#include "core/review/run_estimate.h"
#include "tests/core/review/tests.h"

namespace plumbline::test {

namespace {

View view_of(const char* text) { return *parse_view(text); }

PredictionSet predictions(const char* split, const char* model, const char* view,
                          std::int64_t committed, std::optional<double> batch_ms,
                          const char* condition = "identity") {
  PredictionSet set;
  set.key = {1, split, model, view_of(view), "fp32", "libjpeg-turbo", "cpu", view_of(condition)};
  set.committed = committed;
  if (batch_ms) set.latency = VoterLatency{"CPU", 50, 100, *batch_ms, 0.1};
  return set;
}

/// Of the model a 200 of 1,000 test images at 2 ms, and all of validation mirrored at 3 ms.
RunCatalogue two_models() {
  RunCatalogue all;
  for (const char* name : {"a", "b"}) {
    ModelInfo model;
    model.name = name;
    model.file = std::string("/m/") + name + ".pt";
    all.models.push_back(model);
  }
  all.sets = {predictions("test", "a", "identity", 200, 100.0),
              predictions("validation", "a", "flip_x", 500, 150.0)};
  return all;
}

const std::vector<RunTarget> both_splits = {{1, "test", 1000, "fp32", "cpu", {}},
                                            {1, "validation", 500, "fp32", "cpu", {}}};

}  // namespace

void TestRunEstimate::costs_are_sums_over_voters_and_targets() {
  const std::vector<Voter> voters = {{"a", View()}, {"a", view_of("flip_x")}};
  const RunEstimate estimate = estimate_run(two_models(), both_splits, voters);
  QCOMPARE(estimate.samples, 1500);
  QCOMPARE(estimate.voters[0].computed, 200);
  QCOMPARE(estimate.voters[0].left, 800 + 500);
  QCOMPARE(estimate.voters[1].left, 1000);
  QCOMPARE(estimate.predictions, 800 + 500 + 1000);
  QCOMPARE(estimate.voters[0].seconds, 1.3 * 2);
  QCOMPARE(estimate.seconds, 1.3 * 2 + 1.0 * 3);
  QCOMPARE(estimate.ms_per_image, 5.0);
  QCOMPARE(estimate.times_baseline, 2.5);
  QVERIFY(!estimate.about);
  // Both are of one model.
  QCOMPARE(estimate.by_model.size(), std::size_t{1});
  QCOMPARE(estimate.by_model.front().second, estimate.seconds);
  // The first is the baseline, whichever that is.
  const std::vector<Voter> turned = {voters[1], voters[0]};
  QCOMPARE(estimate_run(two_models(), both_splits, turned).times_baseline, 5.0 / 3);
}

void TestRunEstimate::what_was_never_measured_is_said() {
  const std::vector<Voter> voters = {{"a", view_of("gamma=0.8")}, {"b", View()}};
  const RunEstimate estimate = estimate_run(two_models(), both_splits, voters);
  QVERIFY(estimate.about);  // by another view of the model
  QVERIFY(estimate.voters[0].time && estimate.voters[0].time->about);
  QVERIFY(!estimate.voters[1].time);
  QCOMPARE(estimate.unknown, std::size_t{1});
  QCOMPARE(estimate.times_baseline, 0.0);
  QCOMPARE(estimate.predictions, 2 * 1500);
  QVERIFY(estimate_run(two_models(), both_splits, {}).voters.empty());
}

void TestRunEstimate::a_condition_has_predictions_of_its_own() {
  RunCatalogue all = two_models();
  all.sets.push_back(predictions("test", "a", "identity", 1000, std::nullopt, "noise=4"));
  const RunTarget plain = both_splits.front();
  RunTarget noisy = plain;
  noisy.condition = view_of("noise=4");
  QCOMPARE(samples_there(all, plain, "a", View()), 200);
  QCOMPARE(samples_there(all, noisy, "a", View()), 1000);
  const std::vector<Voter> voters = {{"a", View()}};
  const RunEstimate estimate = estimate_run(all, std::vector<RunTarget>{plain, noisy}, voters);
  QCOMPARE(estimate.samples, 1000);
  QCOMPARE(estimate.voters[0].computed, 1200);
  QCOMPARE(estimate.voters[0].left, 800);
}

}  // namespace plumbline::test

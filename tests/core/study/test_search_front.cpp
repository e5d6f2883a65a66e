#include <cmath>

#include <QtTest>

#include "core/study/search_front.h"
#include "tests/core/study/planer_fixture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

/// Retrained by the search: `dense` slots of experts-2, the others skipped. Increments of example_
/// increments(): 7/64 a skip.
NetworkInfo retrained(const std::string& name, std::size_t dense, double loss) {
  NetworkInfo network = example_network(name);
  network.origin = NetworkOrigin::found;
  for (std::size_t i = 0; i < network.architecture.size(); ++i)
    network.architecture[i] = i < dense ? find_option("experts-2").value() : skip_option;
  network.search = "s";
  network.text = example_text();
  network.validation = MeasuredLoss{loss, 0.01, 1000};
  return network;
}

}  // namespace

void TestSearchFront::front_and_errors_by_hand() {
  StudyFixture fixture(10);
  SearchInfo search = example_search("s");
  search.increments = example_increments();
  succeed(fixture.study.add_search(search));
  succeed(fixture.study.set_latency_table(example_table()));
  succeed(fixture.study.add_network(retrained("a", 8, 1.25)));
  succeed(fixture.study.add_network(retrained("b", 7, 1.5)));
  NetworkInfo elsewhere = retrained("elsewhere", 6, 9);
  elsewhere.text->hash = "another text";
  succeed(fixture.study.add_network(elsewhere));
  NetworkInfo of_another = retrained("of another", 6, 9);
  of_another.search = "t";
  succeed(fixture.study.add_network(of_another));
  const SearchFront front = value(load_search_front(fixture.study, "s"));
  // 0.5 + 4 · (4/8 + 5/8)
  QCOMPARE(front.baseline_cost, 5.0);
  // One step of latency buys 1/64 in any slot: 8 · 7 steps and the fastest.
  QCOMPARE(front.front.points().size(), std::size_t{57});
  QCOMPARE(front.errors.networks.size(), std::size_t{2});
  QCOMPARE(front.errors.networks[0].error, 1.5 - 1.25);
  QCOMPARE(front.errors.networks[1].predicted, 1.5 + 7.0 / 64);
  const auto json = to_json(front);
  QCOMPARE(json["search"].get<std::string>(), std::string("s"));
  QCOMPARE(json["device"].get<std::string>(), std::string("CPU test, 2 threads"));
  QCOMPARE(json["fastest_ms"].get<double>(), 0.5);
  QCOMPARE(json["points"].size(), std::size_t{57});
  const auto& slowest = json["points"].back();
  QCOMPARE(slowest["latency_ms"].get<double>(), 7.5);
  QCOMPARE(slowest["fraction"].get<double>(), 1.5);
  QCOMPARE(slowest["predicted_loss"].get<double>(), 1.5);
  // Two networks shift the front by the mean of their errors.
  const double shift = -(0.25 + 7.0 / 64) / 2;
  QCOMPARE(slowest["expected_loss"].get<double>(), 1.5 + shift);
  QCOMPARE(slowest["bits_per_byte"].get<double>(), (1.5 + shift) / std::log(2.0));
  QCOMPARE(slowest["architecture"].size(), std::size_t{8});
  QCOMPARE(slowest["architecture"][0].get<std::string>(), std::string("experts-2"));
  QCOMPARE(json["networks"].size(), std::size_t{2});
  QVERIFY(json["networks"][0]["calibrated_error"].is_null());
  QCOMPARE(json["calibration"]["networks"].get<int>(), 2);
  QCOMPARE(json["calibration"]["existing_network"].get<bool>(), false);
  QCOMPARE(json["calibration"]["offset"].get<double>(), shift);
  QCOMPARE(json["calibration"]["slope"].get<double>(), 1.0);
  QCOMPARE(json["mean_absolute_error"].get<double>(), (0.25 + 7.0 / 64) / 2);
}

void TestSearchFront::words_have_perplexity_and_three_networks_a_line() {
  SearchInfo search = example_search("s");
  search.increments = example_increments();
  search.text.tokens = "words";
  std::vector<NetworkInfo> networks;
  for (const std::size_t dense : {8, 7, 5, 2}) {
    // Half the predicted loss and a quarter more.
    const double predicted = 1.5 + 7.0 / 64 * static_cast<double>(8 - dense);
    networks.push_back(retrained("n" + std::to_string(dense), dense, predicted / 2 + 0.25));
    networks.back().text->tokens = "words";
  }
  const auto front = value(make_search_front(search, {example_table()}, {}, networks));
  const auto json = to_json(front);
  QCOMPARE(json["points"].back()["predicted_loss"].get<double>(), 1.5);
  QVERIFY(std::abs(json["points"].back()["perplexity"].get<double>() - std::exp(1.0)) < 1e-9);
  QVERIFY(!json["points"].back().contains("bits_per_byte"));
  QVERIFY(std::abs(json["calibration"]["slope"].get<double>() - 0.5) < 1e-12);
  QVERIFY(std::abs(json["calibration"]["offset"].get<double>() - 0.25) < 1e-12);
  QVERIFY(json["calibrated_mean_absolute_error"].get<double>() < 1e-12);
}

void TestSearchFront::a_front_is_calibrated_on_what_was_found() {
  const LossIncrements increments = example_increments();
  NetworkInfo existing = example_network("base");
  const NetworkInfo found = retrained("a", 8, 1.25);
  const auto of = [&](const std::vector<NetworkInfo>& networks) {
    return front_calibration(increments, existing, "s", example_text(), networks);
  };
  // Nothing was retrained: the front stays as it is predicted.
  QCOMPARE(of({existing}).networks, std::size_t{0});
  QCOMPARE(of({existing}).expected_nats(1.5), 1.5);
  QCOMPARE(calibration_text(of({})), std::string("not calibrated: no network was retrained"));
  QCOMPARE(of({found}).expected_nats(1.5), 1.25);
  QCOMPARE(calibration_text(of({found})), std::string("calibrated on 1 retrained network"));
  // Random ones, those that were trained further, those of another search or on another text are
  // not what the front leads to.
  std::vector<NetworkInfo> others(4, retrained("b", 7, 9));
  others[0].origin = NetworkOrigin::random;
  others[1].origin = NetworkOrigin::trained;
  others[2].search = "t";
  others[3].text->hash = "another text";
  others.push_back(found);
  QCOMPARE(of(others).networks, std::size_t{1});
  QCOMPARE(of(others).expected_nats(1.5), 1.25);
  // Where few were found the existing network counts as well, if its loss is known on the text. It
  // is predicted at 1.5 + 4 · (3 + 2) / 64 (options of 4/8 and 5/8 ms).
  existing.text = example_text();
  existing.validation = MeasuredLoss{1.5, 0.01, 1000};
  const FrontCalibration both = of({existing, found});
  QCOMPARE(both.networks, std::size_t{1});
  QVERIFY(both.existing_network);
  QCOMPARE(calibration_text(both),
           std::string("calibrated on 1 retrained network and the existing one"));
  QCOMPARE(both.expected_nats(1.5), 1.5 - (0.25 + 20.0 / 64) / 2);
  // Two and the existing one make a line, if it is not too steep to be believed.
  const FrontCalibration three =
      of({existing, found, retrained("c", 4, 1.25 + 4 * 7.0 / 64 * 0.8)});
  QCOMPARE(three.networks, std::size_t{2});
  QCOMPARE(calibration_text(three),
           std::string("calibrated on 2 retrained networks and the existing one"));
  QVERIFY(three.line.slope > 0.5 && three.line.slope < 1);
  // Without the search's name what any search found for this network counts.
  NetworkInfo elsewhere = found;
  elsewhere.search = "t";
  elsewhere.base = "base";
  QCOMPARE(front_calibration(increments, existing, "", example_text(), {elsewhere}).networks,
           std::size_t{1});
}

void TestSearchFront::what_is_missing_is_named() {
  StudyFixture fixture(10);
  const auto message = [&](const char* search) {
    const auto front = load_search_front(fixture.study, search);
    return front ? QString() : QString::fromStdString(to_string(front.error()));
  };
  QVERIFY(message("s").contains("there is no search 's'"));
  succeed(fixture.study.add_search(example_search("s")));
  QVERIFY(message("s").contains("no loss increments yet"));
  succeed(fixture.study.set_loss_increments("s", example_increments()));
  LatencyTable other = example_table();
  other.key.batch = 2;
  succeed(fixture.study.set_latency_table(other));
  QVERIFY(message("s").contains("no latency table of 'tiny' on CPU test, 2 threads for batch 1"));
  LatencyTable half = example_table();
  half.options[attention_option(8).value()].reset();
  succeed(fixture.study.set_latency_table(half));
  QVERIFY(message("s").contains("lacks the options of the baseline"));
  succeed(fixture.study.set_latency_table(example_table()));
  QCOMPARE(message("s"), QString());
}

}  // namespace plumbline::test

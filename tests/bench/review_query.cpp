// Queries of a review table, against their limits: a million samples × 8 voters under a policy, as
// a classification's failures are filtered and sorted, and a million boxes × 6 voters.
#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "core/review/classification_table.h"
#include "core/review/query.h"

using namespace plumbline;

namespace {

constexpr std::size_t rows = 1'000'000;
constexpr double limit_ms = 100;

double median_ms(const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::ranges::nth_element(times, times.begin() + 4);
  return times[4];
}

void measure(const char* what, const ReviewTable& table, const ReviewQuery& query) {
  std::size_t shown = 0;
  const double spent = median_ms([&] { shown = matching_rows(table, query).size(); });
  fmt::print("{}: {} rows in {:.1f} ms (limit {:.0f}){}\n", what, shown, spent, limit_ms,
             spent > limit_ms ? " MISSED" : "");
}

ReviewQuery everything(std::string_view sort) {
  ReviewQuery query;
  query.verdicts.fill(true);
  query.sort = sort;
  return query;
}

void classification() {
  constexpr std::size_t voters = 8, classes = 10;
  std::mt19937 random(1);
  const auto uniform = [&] { return static_cast<float>(random() % 100'000) / 100'000; };
  const auto any_class = [&] { return static_cast<ClassIndex>(random() % classes); };
  std::vector<ClassIndex> truth(rows);
  std::ranges::generate(truth, any_class);
  std::vector<std::vector<ClassIndex>> predicted(voters, std::vector<ClassIndex>(rows));
  std::vector<std::vector<float>> confidence(voters, std::vector<float>(rows)), loss = confidence;
  VoteTable votes{truth, {}};
  for (std::size_t v = 0; v < voters; ++v) {
    for (std::size_t i = 0; i < rows; ++i)
      predicted[v][i] = random() % 10 == 0 ? any_class() : truth[i];
    std::ranges::generate(confidence[v], uniform);
    std::ranges::generate(loss[v], uniform);
    votes.voters.push_back({predicted[v], confidence[v], loss[v]});
  }
  const std::vector<std::size_t> policy_voters = {0, 2, 4, 6};
  Decisions decisions;
  decisions.label = predicted[0];
  decisions.score.assign(confidence[0].begin(), confidence[0].end());
  for (std::size_t i = 0; i < rows; ++i)
    decisions.verdict.push_back(static_cast<Verdict>(random() % 4));
  const ReviewTable table = classification_table(votes, policy_voters, decisions);
  for (const std::string_view key : sort_columns)
    measure(fmt::format("1M x 8, all by {}", key).c_str(), table, everything(key));
  measure("1M x 8, undetected by confidence", table, default_review_query());
  ReviewQuery narrow = everything(column::confidence);
  narrow.truth = ClassIndex{3};
  narrow.words = {{std::string(column::agreement), 2}};
  narrow.ranges = {{std::string(column::confidence), 0.5f, 1}};
  measure("1M x 8, a class, disagreeing, sure", table, narrow);
  narrow.words.clear();
  narrow.truth.reset();
  narrow.members = {{std::string(column::dissent), 5, true}};
  measure("1M x 8, one dissents, sure", table, narrow);
}

void detection() {
  constexpr std::size_t voters = 6;
  std::mt19937 random(2);
  std::vector<ItemRef> items;
  for (std::uint32_t sample = 0; items.size() < rows; ++sample)
    for (std::uint32_t object = 0; object < 7 && items.size() < rows; ++object)
      items.emplace_back(sample, object);
  std::vector<ClassIndex> truth(rows), label(rows);
  std::vector<Verdict> verdict(rows);
  std::vector<float> iou(rows), area(rows);
  std::vector<std::uint8_t> type(rows), finders(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    truth[i] = static_cast<ClassIndex>(random() % 80);
    label[i] = random() % 5 == 0 ? no_class : truth[i];
    verdict[i] = static_cast<Verdict>(random() % 4);
    iou[i] = random() % 5 == 0 ? std::numeric_limits<float>::quiet_NaN()
                               : static_cast<float>(random() % 1000) / 1000;
    area[i] = static_cast<float>(random() % 100'000);
    type[i] = static_cast<std::uint8_t>(random() % 7);
    finders[i] = static_cast<std::uint8_t>(random() % 64);
  }
  ReviewTable table;
  table.rows = rows;
  table.items = items;
  table.truth = truth;
  table.label = label;
  table.verdict = verdict;
  table.numbers = {{"iou", Column<float>(std::span<const float>(iou))},
                   {"area", Column<float>(std::span<const float>(area))}};
  table.words = {{"type", Column<std::uint8_t>(std::span<const std::uint8_t>(type))}};
  table.members = {{"found by", voters, [&finders](std::size_t row, std::size_t voter) {
                      return (finders[row] >> voter & 1) != 0;
                    }}};
  measure("1M boxes x 6, all by area", table, everything("area"));
  ReviewQuery query = everything("area");
  query.words = {{"type", 0b0100110}};
  query.ranges = {{"iou", 0.1f, 0.5f, true}};
  for (std::size_t voter = 0; voter < voters; ++voter)
    query.members.push_back({"found by", voter, voter % 2 == 0});
  measure("1M boxes x 6, type, IoU, three of six voters", table, query);
  query.members.resize(1);
  query.truth = ClassIndex{17};
  measure("1M boxes x 6, class, type, IoU, one voter", table, query);
}

}  // namespace

int main() {
  classification();
  detection();
  return 0;
}

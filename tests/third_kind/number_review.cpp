#include "tests/third_kind/number_review.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/predictions/prediction_schema.h"
#include "core/review/review_kind.h"

namespace plumbline::test {

namespace {

// The policy: voters that give nearly the same number are believed.

/// By voter of the policy, by sample of the split; NaN where there is no output.
struct NumberPredictions final : FurtherPredictions {
  std::vector<std::vector<float>> numbers;

  double mean(std::size_t sample) const {
    double sum = 0;
    for (const auto& voter : numbers) sum += static_cast<double>(voter[sample]);
    return sum / static_cast<double>(numbers.size());
  }
  float spread(std::size_t sample) const {
    float least = std::numeric_limits<float>::infinity(), most = -least;
    for (const auto& voter : numbers) {
      least = std::min(least, voter[sample]);
      most = std::max(most, voter[sample]);
    }
    return most - least;
  }
};

void score_steady(const BoundPolicy&, const PolicyBlock& block, const PolicyOutput& out) {
  const auto& given = static_cast<const NumberPredictions&>(*block.further);
  for (std::size_t i = block.begin; i < block.end; ++i) {
    const double mean = given.mean(i);
    const double nearest = std::clamp(std::round(mean * 9 + 4.5), 0.0, 9.0);
    out.label[i] = std::isnan(mean) ? no_class : static_cast<ClassIndex>(nearest);
    out.score[i] = -given.spread(i);
    out.tie[i] = 0;
  }
}

double least_score_of_steady(const BoundPolicy& policy) { return -policy.policy.number(0); }

std::string explain_steady(const BoundPolicy& policy, const VoteTable&,
                           const DecidedSample& decided) {
  return fmt::format("spread {:.3f} {} {}", -decided.score, decided.accept ? "≤" : ">",
                     value_text(policy.policy.number(0), false));
}

constexpr PolicyParameter steady_parameters[] = {
    {.name = "spread",
     .meaning = "the greatest difference of numbers that is believed",
     .use = ParameterUse::accepts,
     .maximum = [](std::size_t) { return 1.0; },
     .default_value = [](std::size_t) { return 0.01; }}};
constexpr PolicyKind steady = {.name = "steady",
                               .summary = "voters that give nearly the same number",
                               .parameters = steady_parameters,
                               .traits = {.needs = PolicyNeeds::further, .predictions = "numbers"},
                               .score = score_steady,
                               .least_score = least_score_of_steady,
                               .explain = explain_steady};

// The metric.

constexpr Metric mean_error = {.key = "mean_error",
                               .title = "mean error",
                               .unit = MetricUnit::plain,
                               .better = Better::lower,
                               .needs = MetricNeed::column,
                               .value = [](const MetricData& data) -> std::optional<double> {
                                 double sum = 0;
                                 for (const double error : data.column("error")) sum += error;
                                 return sum / static_cast<double>(data.column("error").size());
                               },
                               .column = "error"};

// How a run is opened, decided and shown.

/// What the table of a ReviewedRun refers to besides its decisions; by row.
struct NumberMemory {
  std::vector<ItemRef> items;
  std::vector<ClassIndex> truth;
  std::vector<float> number, spread;
  std::vector<std::uint8_t> side;
  std::vector<std::uint64_t> far;  ///< bit v: voter v is beyond the tolerance
};

constexpr std::array<std::string_view, 2> sides = {"below", "above"};

class NumberReview final : public ReviewSource {
 public:
  NumberReview(std::vector<std::vector<float>> numbers, std::vector<ClassIndex> labels)
      : numbers_(std::move(numbers)), labels_(std::move(labels)) {}

  Result<std::shared_ptr<const ReviewedRun>> decide(
      const BoundPolicy& policy, std::span<const std::size_t> voters) const override {
    TRY(check_suits(policy.policy, "numbers"));
    NumberPredictions given;
    for (const std::size_t voter : voters) given.numbers.push_back(numbers_[voter]);
    const Decisions by_sample = decide_samples(policy, given);
    auto reviewed = std::make_shared<ReviewedRun>();
    const auto memory = std::make_shared<NumberMemory>();
    MetricData::Column errors{"error", {}};
    for (std::uint32_t sample = 0; sample < labels_.size(); ++sample)
      if (labels_[sample] != 0) add_row(sample, by_sample, given, *reviewed, *memory, errors);
    tally(reviewed->decisions);
    reviewed->table = table_of(*memory, reviewed->decisions, voters.size());
    reviewed->figures.counts = reviewed->decisions.counts;
    reviewed->figures.columns.push_back(std::move(errors));
    reviewed->memory = memory;
    return reviewed;
  }

 private:
  Decisions decide_samples(const BoundPolicy& policy, const NumberPredictions& given) const {
    Decisions all;
    const std::size_t samples = labels_.size();
    all.label.resize(samples);
    all.score.resize(samples);
    all.accept.resize(samples);
    all.tie.resize(samples);
    score_block(policy, {.votes = {}, .begin = 0, .end = samples, .further = &given},
                {all.label, all.score, all.accept, all.tie});
    return all;
  }

  void add_row(std::uint32_t sample, const Decisions& by_sample, const NumberPredictions& given,
               ReviewedRun& reviewed, NumberMemory& memory, MetricData::Column& errors) const {
    const double mean = given.mean(sample), truth = number_of_class(labels_[sample]);
    const bool known = !std::isnan(mean), right = std::abs(mean - truth) <= number_tolerance;
    const bool accepted = known && by_sample.accept[sample] != 0;
    Decisions& decisions = reviewed.decisions;
    decisions.label.push_back(by_sample.label[sample]);
    decisions.score.push_back(by_sample.score[sample]);
    decisions.accept.push_back(accepted);
    decisions.tie.push_back(0);
    decisions.verdict.push_back(!known ? Verdict::unjudged
                                : accepted
                                    ? (right ? Verdict::kept : Verdict::undetected)
                                    : (right ? Verdict::needlessly_rejected : Verdict::caught));
    memory.items.emplace_back(sample, 0U);
    memory.truth.push_back(labels_[sample]);
    memory.number.push_back(static_cast<float>(mean));
    memory.spread.push_back(given.spread(sample));
    memory.side.push_back(mean > truth);
    std::uint64_t far = 0;
    for (std::size_t v = 0; v < given.numbers.size(); ++v) {
      const double apart = std::abs(static_cast<double>(given.numbers[v][sample]) - truth);
      if (apart > number_tolerance) far |= std::uint64_t{1} << v;
    }
    memory.far.push_back(far);
    if (known) errors.values.push_back(std::abs(mean - truth));
  }

  static ReviewTable table_of(const NumberMemory& memory, const Decisions& decisions,
                              std::size_t voters) {
    ReviewTable table;
    table.rows = memory.items.size();
    table.items = memory.items;
    table.truth = memory.truth;
    table.label = decisions.label;
    table.verdict = decisions.verdict;
    table.numbers = {{"number", Column<float>(std::span<const float>(memory.number))},
                     {"spread", Column<float>(std::span<const float>(memory.spread))}};
    table.words = {
        {"side", Column<std::uint8_t>(std::span<const std::uint8_t>(memory.side)), sides}};
    table.members = {{"far voters", voters, [&memory](std::size_t row, std::size_t voter) {
                        return (memory.far[row] >> voter & 1) != 0;
                      }}};
    table.place = [](std::size_t) { return PixelRect{0, 0, 32, 16}; };
    return table;
  }

  std::vector<std::vector<float>> numbers_;  ///< by voter of the run
  std::vector<ClassIndex> labels_;
};

Result<std::shared_ptr<const ReviewSource>> open_numbers(const Study& study, const RunInfo& run,
                                                         const std::string& split) {
  auto labels = study.labels(run.dataset, split);
  TRY(labels);
  const auto sets = study.prediction_sets(run, split);
  TRY(sets);
  std::vector<std::vector<float>> numbers;
  for (const PredictionSet& set : *sets) {
    auto& voter = numbers.emplace_back(labels->size(), std::numeric_limits<float>::quiet_NaN());
    const auto rows = study.shard_rows(set.id);
    TRY(rows);
    for (const ShardRow& row : *rows) {
      const PredictionShard& shard = row.shard;
      const auto file =
          open_checked_predictions(study.folder() / "predictions" / shard.file, shard.first,
                                   shard.count, *prediction_schemas().find("numbers"));
      TRY(file);
      const auto* values =
          reinterpret_cast<const float*>(file->tensors.find("number")->data.data());
      std::copy_n(values + row.row * shard.count, shard.count, voter.begin() + shard.first);
    }
  }
  return std::make_shared<const NumberReview>(std::move(numbers), std::move(*labels));
}

constexpr ReviewKind number_review = {
    .name = "numbers", .first_policy = "steady", .open = open_numbers};

}  // namespace

void register_number_review() {
  policy_table().add(steady);
  metric_table().add(mean_error);
  review_kinds().add(number_review);
}

double number_of_class(int index) { return (index - 4.5) / 9; }

}  // namespace plumbline::test

#include "app/engine/commands/decide_parts.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/engine/commands/decide_output.h"
#include "app/engine/commands/decide_selection.h"
#include "core/decision/staging.h"
#include "core/review/decision_figures.h"
#include "core/review/figures.h"
#include "core/study/run_dataset.h"
#include "core/types/number.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

DecisionParts::Reliability reliability(const MetricData& data) {
  return {reliability_of(data), value_of(*find_metric("ece"), data)};
}

Result<void> add_reliability(const VoteTable& votes, const ReviewedRun& reviewed,
                             std::span<const std::size_t> voters, DecideOutput& output) {
  DecisionParts::Reliability own = reliability(reviewed.figures);
  if (own.bins.empty())
    return usage_error(fmt::format("the score of '{}' is not a probability, so it has no bins",
                                   output.policy.policy.kind().name),
                       "--reliability", "choose a policy whose score is one, such as mean");
  output.parts.policy = std::move(own);
  const BaselineBeside beside = baseline_beside(votes, voters);
  output.parts.baseline = reliability(metric_data(beside.policy, beside.decisions, beside.votes));
  return {};
}

Result<void> add_stages(const RunInfo& run, const VoteTable& votes,
                        std::span<const std::size_t> voters, DecideOutput& output) {
  const BoundPolicy& policy = output.policy;
  const auto stages = stages_of(policy, asked_shares(policy, select_voters(votes, voters)));
  if (stages.empty())
    return usage_error(
        fmt::format("the policy '{}' does not ask its voters in stages", policy.policy.kind().name),
        "--stages", "write staged(inner=…) around one that counts votes, or a cascade");
  for (const Stage& stage : stages)
    output.parts.stages.push_back({to_string(run.voters[voters[stage.voter]]), stage.share});
  return {};
}

/// null where a bin has no sample.
ordered_json json_of(const std::vector<ReliabilityBin>& bins) {
  ordered_json list = ordered_json::array();
  for (const ReliabilityBin& bin : bins) {
    const auto number = [&](double value) {
      return bin.samples > 0 ? ordered_json(value) : ordered_json();
    };
    list.push_back(
        {{"lower", bin.lower},
         {"upper", bin.upper},
         {"samples", bin.samples},
         {"right", bin.right},
         {"confidence", number(bin.confidence)},
         {"accuracy", number(bin.accuracy)},
         {"interval", bin.samples > 0 ? ordered_json::array({bin.interval.low, bin.interval.high})
                                      : ordered_json()}});
  }
  return list;
}

ordered_json json_of(const ConfusionMatrix& matrix, const DatasetInfo& dataset) {
  ordered_json right = ordered_json::array(), wrong = ordered_json::array();
  for (std::size_t i = 0; i < matrix.classes(); ++i) {
    const auto index = static_cast<ClassIndex>(i);
    right.push_back({{"class", class_name(dataset, index)}, {"samples", matrix.right(index)}});
  }
  for (const ConfusionMatrix::Pair& pair : matrix.wrong_pairs())
    wrong.push_back({{"true", class_name(dataset, pair.truth)},
                     {"label", class_name(dataset, pair.label)},
                     {"samples", pair.samples}});
  return {{"right", std::move(right)}, {"wrong", std::move(wrong)}};
}

/// A file may have a million costs, which nobody reads here.
constexpr std::size_t most_listed_costs = 20;

ordered_json json_of(const HarmCosts& costs, const std::string& file) {
  const auto cells = changed_costs(*costs.matrix);
  ordered_json json = {{"reject", costs.reject}};
  if (!file.empty()) json["file"] = file;
  json["changed_cells"] = cells.size();
  json["changed"] = ordered_json::array();
  const auto& classes = costs.matrix->classes;
  for (const ChangedCost& cell : cells) {
    if (!file.empty() && json["changed"].size() == most_listed_costs) break;
    json["changed"].push_back(
        {{"true", classes[cell.truth]}, {"label", classes[cell.decided]}, {"cost", cell.cost}});
  }
  return json;
}

void print_costs(const HarmCosts& costs) {
  fmt::print("  an error costs 1, a rejection {}\n", shortest(costs.reject));
  const auto cells = changed_costs(*costs.matrix);
  const auto& classes = costs.matrix->classes;
  for (const ChangedCost& cell : std::span(cells).first(std::min(cells.size(), most_listed_costs)))
    fmt::print("  {} taken for {} costs {}\n", visible_text(classes[cell.truth]),
               visible_text(classes[cell.decided]), shortest(cell.cost));
  if (cells.size() > most_listed_costs)
    fmt::print("  and {} more\n", cells.size() - most_listed_costs);
}

void print_bins(std::string_view of, const DecisionParts::Reliability& reliability) {
  for (const ReliabilityBin& bin : reliability.bins)
    if (bin.samples > 0)
      fmt::print("  {} {:.3f} to {:.3f}: {} of {} right, {:.1f} % [{:.1f}, {:.1f}]\n", of,
                 bin.lower, bin.upper, bin.right, bin.samples, 100 * bin.accuracy,
                 100 * bin.interval.low, 100 * bin.interval.high);
}

}  // namespace

bool asks_for_parts(const DecideOptions& options) {
  return options.confusion || options.reliability || options.stages;
}

Result<void> add_parts(const Study& study, const RunInfo& run, const DecideOptions& options,
                       const std::optional<HarmCosts>& costs, const ReviewSource& source,
                       const ReviewedRun& reviewed, std::span<const std::size_t> voters,
                       DecideOutput& output) {
  output.parts.costs = costs;
  if (options.costs != "plain") output.parts.costs_file = options.costs;
  if (!asks_for_parts(options)) return {};
  const auto votes = source.votes();
  if (votes == nullptr)
    return usage_error("only decisions on classes have them",
                       options.confusion     ? "--confusion"
                       : options.reliability ? "--reliability"
                                             : "--stages",
                       "leave it out");
  auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  output.parts.dataset = std::move(*dataset);
  if (options.confusion)
    output.parts.confusion.emplace().count(reviewed.decisions, votes->table().labels,
                                           output.parts.dataset.classes.size());
  if (options.reliability) TRY(add_reliability(votes->table(), reviewed, voters, output));
  if (options.stages) TRY(add_stages(run, votes->table(), voters, output));
  return {};
}

void add_to(ordered_json& json, const DecisionParts& parts) {
  if (parts.confusion) json["confusion"] = json_of(*parts.confusion, parts.dataset);
  if (parts.policy) {
    json["reliability"]["bins"] = json_of(parts.policy->bins);
    if (parts.baseline)
      json["reliability"]["baseline"] = {
          {"ece", parts.baseline->ece ? ordered_json(*parts.baseline->ece) : ordered_json()},
          {"bins", json_of(parts.baseline->bins)}};
  }
  for (const DecisionParts::NamedStage& stage : parts.stages)
    json["stages"].push_back({{"voter", stage.voter}, {"share", stage.share}});
  if (parts.costs) json["costs"] = json_of(*parts.costs, parts.costs_file);
}

void print_parts(const DecisionParts& parts) {
  if (parts.confusion) {
    fmt::print("  accepted, right by class:\n");
    for (std::size_t i = 0; i < parts.confusion->classes(); ++i) {
      const auto index = static_cast<ClassIndex>(i);
      fmt::print("  {:>8}  {}\n", parts.confusion->right(index),
                 visible_text(class_name(parts.dataset, index)));
    }
    fmt::print("  accepted, wrong by pair of classes:\n");
    for (const ConfusionMatrix::Pair& pair : parts.confusion->wrong_pairs())
      fmt::print("  {:>8}  {} taken for {}\n", pair.samples,
                 visible_text(class_name(parts.dataset, pair.truth)),
                 visible_text(class_name(parts.dataset, pair.label)));
  }
  if (parts.policy) print_bins("confidence", *parts.policy);
  if (parts.baseline) print_bins("baseline confidence", *parts.baseline);
  for (const DecisionParts::NamedStage& stage : parts.stages)
    fmt::print("  {:.1f} % of the samples reach {}\n", 100 * stage.share,
               visible_text(stage.voter));
  if (parts.costs) print_costs(*parts.costs);
}

}  // namespace plumbline

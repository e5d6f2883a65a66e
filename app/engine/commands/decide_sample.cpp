#include "app/engine/commands/decide_sample.h"

#include <fmt/format.h>

#include "app/engine/commands/decide_output.h"
#include "app/engine/commands/decide_selection.h"
#include "core/study/run_dataset.h"
#include "core/study/sample_place.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

/// null where there is no class.
ordered_json class_json(const SampleOfDecision& sample, ClassIndex index) {
  return index == no_class ? ordered_json() : ordered_json(class_name(sample.dataset, index));
}

std::string class_text(const SampleOfDecision& sample, ClassIndex index) {
  return index == no_class ? "–" : visible_text(class_name(sample.dataset, index));
}

}  // namespace

Result<void> add_sample(const Study& study, const RunInfo& run, const DecideOptions& options,
                        const ReviewSource& source, const ReviewedRun& reviewed,
                        std::span<const std::size_t> voters, DecideOutput& output) {
  if (options.sample.empty()) return {};
  const auto votes = source.votes();
  if (votes == nullptr)
    return usage_error("only decisions on classes are said of one sample", "--sample",
                       "leave it out; export lists what was decided of each object");
  if (!options.damages.empty())
    return usage_error("one sample is shown as voters without damage decide it", "--sample",
                       "leave out --damage");
  const auto place = place_of_sample(study, run.dataset, output.split, options.sample);
  TRY(place);
  if (!*place)
    return usage_error(
        fmt::format("the split '{}' has no sample '{}'", output.split, options.sample), "--sample",
        "give a file's name below its data set's folder, or a number from 0");
  auto review = review_sample(study, run, output.split, output.policy, votes->table(), voters,
                              reviewed.decisions, **place);
  TRY(review);
  auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  output.sample = SampleOfDecision{std::move(*review), std::move(*dataset), run.voters};
  return {};
}

void add_to(ordered_json& json, const std::optional<SampleOfDecision>& sample) {
  if (!sample) return;
  const SampleReview& review = sample->review;
  ordered_json votes = ordered_json::array(), distribution = ordered_json::array();
  for (std::size_t i = 0; i < review.votes.size(); ++i) {
    const SampleReview::Vote& vote = review.votes[i];
    votes.push_back(
        {{"voter", to_string(sample->voters[i])},
         {"class", class_json(*sample, vote.label)},
         {"confidence", vote.label == no_class ? ordered_json() : ordered_json(vote.confidence)}});
  }
  for (const auto& [index, probability] :
       top_classes_of(review.distribution, review.distribution.size()))
    distribution.push_back({{"class", class_json(*sample, index)}, {"probability", probability}});
  json["sample"] = {{"name", review.name},
                    {"place", review.place},
                    {"true", class_json(*sample, review.truth)},
                    {"predicted", class_json(*sample, review.label)},
                    {"verdict", verdict_name(review.verdict)},
                    {"accepted", review.accepted},
                    {"score", review.score},
                    {"why", review.why},
                    {"agree", review.counts.agree},
                    {"dissent", review.counts.dissent},
                    {"without_output", review.counts.without_output},
                    {"votes", std::move(votes)},
                    {"distribution", std::move(distribution)}};
}

void print_sample(const std::optional<SampleOfDecision>& sample) {
  if (!sample) return;
  const SampleReview& review = sample->review;
  fmt::print("  {}: true {}, predicted {}, {}: {}\n", visible_text(review.name),
             class_text(*sample, review.truth), class_text(*sample, review.label),
             verdict_name(review.verdict), review.why);
  fmt::print("  {} agree, {} dissent", review.counts.agree, review.counts.dissent);
  if (review.counts.without_output > 0)
    fmt::print(", {} without output", review.counts.without_output);
  fmt::print("\n");
  for (std::size_t i = 0; i < review.votes.size(); ++i)
    fmt::print("    {:32} {:.2f} {}\n", visible_text(to_string(sample->voters[i])),
               review.votes[i].confidence, class_text(*sample, review.votes[i].label));
  constexpr std::size_t printed_classes = 10;
  if (!review.distribution.empty()) fmt::print("  mean of the policy's voters:\n");
  for (const auto& [index, probability] : top_classes_of(review.distribution, printed_classes))
    fmt::print("    {:.4f} {}\n", probability, class_text(*sample, index));
}

}  // namespace plumbline

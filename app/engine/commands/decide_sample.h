#pragma once
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/review/review_kind.h"
#include "core/review/sample_review.h"
#include "core/study/study.h"

namespace plumbline {

struct DecideOptions;
struct DecideOutput;

/// One sample as --sample asks for it, with what its numbers stand for.
struct SampleOfDecision {
  SampleReview review;
  DatasetInfo dataset;        ///< names the classes
  std::vector<Voter> voters;  ///< of the run, as many as there are votes
};

/// Finds the sample that is named; `run` may be seen under a condition. Errors (usage): predictions
/// that are not classes, voters that are damaged, no such sample.
Result<void> add_sample(const Study& study, const RunInfo& run, const DecideOptions& options,
                        const ReviewSource& source, const ReviewedRun& reviewed,
                        std::span<const std::size_t> voters, DecideOutput& output);

/// Adds the key sample, where it was asked for.
void add_to(nlohmann::ordered_json& json, const std::optional<SampleOfDecision>& sample);

/// For people.
void print_sample(const std::optional<SampleOfDecision>& sample);

}  // namespace plumbline

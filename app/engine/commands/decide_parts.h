#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/metrics/confusion.h"
#include "core/metrics/reliability.h"
#include "core/review/review_kind.h"
#include "core/selection/harm.h"
#include "core/study/study.h"

namespace plumbline {

struct DecideOptions;
struct DecideOutput;

/// What the window draws of a decision besides its figures, as far as it was asked for: which
/// classes are confused, how sure and how right, who is asked, by what costs harm is counted.
struct DecisionParts {
  struct Reliability {
    std::vector<ReliabilityBin> bins;
    std::optional<double> ece;
  };
  struct NamedStage {
    std::string voter;
    double share = 0;  ///< of the judged samples that reach it
  };

  DatasetInfo dataset;  ///< names the classes
  std::optional<ConfusionMatrix> confusion;
  std::optional<Reliability> policy, baseline;
  std::vector<NamedStage> stages;
  std::optional<HarmCosts> costs;  ///< in which harm is counted
  std::string costs_file;          ///< where most of them are from; empty: the command line
};

/// Whether --confusion, --reliability or --stages is given.
bool asks_for_parts(const DecideOptions& options);

/// What they ask for, and the costs that --costs names. `voters`: the policy's, indices into the
/// run's. Errors (usage): predictions that are not classes, a score that is no probability, a
/// policy without an order of its voters.
Result<void> add_parts(const Study& study, const RunInfo& run, const DecideOptions& options,
                       const std::optional<HarmCosts>& costs, const ReviewSource& source,
                       const ReviewedRun& reviewed, std::span<const std::size_t> voters,
                       DecideOutput& output);

/// Adds the keys confusion, reliability, stages and costs, each where it is there. Of costs that a
/// file has the first twenty are listed that are not plain, and all are counted.
void add_to(nlohmann::ordered_json& json, const DecisionParts& parts);

/// For people.
void print_parts(const DecisionParts& parts);

}  // namespace plumbline

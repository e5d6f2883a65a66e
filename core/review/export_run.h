#pragma once
#include <filesystem>
#include <span>
#include <string>

#include "core/decision/verdicts.h"
#include "core/review/item_remarks.h"
#include "core/review/opened_run.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"
#include "core/types/item_ref.h"

namespace plumbline {

// Every export is written to a temporary file that is renamed, and holds no path, time or id of
// this machine: equal runs give equal files. Numbers are in their shortest form. Each returns the
// number of rows.

enum class ExportFormat { csv, json };

/// JSON where the name ends in .json, else CSV.
ExportFormat export_format_of(const std::filesystem::path& out);

/// Every voter's vote on every sample: sample, label, model, view, class, confidence,
/// log_prob_label; ordered by split, sample, voter. A vote that is not there (unreadable image) has
/// empty fields.
Result<std::int64_t> export_predictions(const Study& study, const RunInfo& run, ExportFormat format,
                                        const std::filesystem::path& out);

/// A policy's verdicts on one split: sample, label, predicted, verdict, accepted, score, tie,
/// agreeing voters, baseline's confidence. `only_mispredictions` keeps the wrong ones, undetected
/// first, by falling confidence of the baseline; else all samples in their order.
Result<std::int64_t> export_decisions(const Study& study, const RunInfo& run,
                                      const std::string& split, const RunVotes& votes,
                                      std::span<const std::size_t> voters,
                                      const Decisions& decisions, bool only_mispredictions,
                                      ExportFormat format, const std::filesystem::path& out);

/// Some items of a run under a policy, in the order given: file, label, predicted, verdict, the
/// first voter's confidence, how many of the policy's voters (indices into the run's) agree, tags,
/// note.
Result<std::int64_t> export_items(const OpenedRun& run, std::span<const std::size_t> policy_voters,
                                  const Decisions& decisions, const ItemRemarks& remarks,
                                  std::span<const ItemRef> items, ExportFormat format,
                                  const std::filesystem::path& out);

/// The files of some items, one a line, absolute where the data set is a folder of images.
Result<std::string> item_paths(const OpenedRun& run, std::span<const ItemRef> items);

}  // namespace plumbline

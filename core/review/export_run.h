#pragma once
#include <filesystem>
#include <string>

#include "core/decision/verdicts.h"
#include "core/study/run_votes.h"
#include "core/study/study.h"

namespace plumbline {

enum class ExportFormat { csv, json };

/// Every voter's vote on every sample: sample, label, model, view, class, confidence,
/// log_prob_label; ordered by split, sample, voter. Numbers in their shortest form, no path, time
/// or id of this machine: equal runs give equal files. A vote that is not there (unreadable image)
/// has empty fields. Written to a temporary file that is renamed. Returns the number of rows.
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

}  // namespace plumbline

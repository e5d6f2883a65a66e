#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/review/item_remarks.h"
#include "core/review/opened_run.h"
#include "core/review/review_kind.h"
#include "core/review/review_table.h"
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

/// A policy's decisions on one split of a run of any kind, by some of its voters: what
/// export_decisions writes where they are on votes, else what export_rows does.
Result<std::int64_t> export_reviewed(const Study& study, const RunInfo& run,
                                     const std::string& split, const ReviewSource& source,
                                     const ReviewedRun& reviewed,
                                     std::span<const std::size_t> voters, bool only_mispredictions,
                                     ExportFormat format, const std::filesystem::path& out);

/// Some rows of a review table of any kind, in the order given: sample, object (its number within
/// the sample; only where items are objects), label, predicted, verdict, then what the table has by
/// name: numbers, words, and of members how many there are; tags and note where `remarks` is not
/// null. `classes`: the names of the classes.
Result<std::int64_t> export_rows(const StudyData& study, std::int64_t dataset,
                                 const std::string& split, const std::vector<std::string>& classes,
                                 const ReviewTable& table, std::span<const std::uint32_t> rows,
                                 const ItemRemarks* remarks, ExportFormat format,
                                 const std::filesystem::path& out);

/// The rows of a table that are wrong, undetected ones first, then by falling score where the table
/// has one.
std::vector<std::uint32_t> mispredicted_rows(const ReviewTable& table);

/// Some items of a run of classes under a policy, in the order given: file, label, predicted,
/// verdict, the first voter's confidence, how many of the policy's voters (indices into the run's)
/// agree, tags, note.
Result<std::int64_t> export_items(const OpenedRun& run, std::span<const std::size_t> policy_voters,
                                  const Decisions& decisions, const ItemRemarks& remarks,
                                  std::span<const ItemRef> items, ExportFormat format,
                                  const std::filesystem::path& out);

/// The files of some items, one a line, absolute where the data set is a folder of images.
Result<std::string> item_paths(const OpenedRun& run, std::span<const ItemRef> items);

}  // namespace plumbline

#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "core/decision/bound_policy.h"
#include "core/decision/verdicts.h"
#include "core/decision/votes.h"
#include "core/study/study.h"

namespace plumbline {

/// What policies make of whole distributions, kept in the study's cache/, where anything may be
/// deleted at any time. A hundred thousand samples of a thousand classes take seconds to be read
/// again, and an hour later somebody asks for the same figures.
///
/// A file's name is a hash of everything that its content depends on: the program's version, the
/// policy's score_key and all that it learned, the true classes, and each voter's prediction files
/// with row, range, size, time of the last change and hash. Whatever differs has another name, so
/// that nothing stale is ever read. The format is written down in reduction_cache.cpp.

/// Reductions of fewer probabilities are made anew in a moment, and are not kept.
inline constexpr std::size_t least_kept_cells = std::size_t{1} << 22;

/// The file for a policy on some of a run's voters (indices into run.voters), whose votes are
/// `votes`; empty where their predictions are not whole. Errors: those of the study.
Result<std::filesystem::path> reduction_file(const Study& study, const RunInfo& run,
                                             const std::string& split, const VoteTable& votes,
                                             std::span<const std::size_t> voters,
                                             const BoundPolicy& policy);

/// Nothing where there is no such file, or it is not what was written.
std::optional<ReducedScores> read_reduction(const std::filesystem::path& file, std::size_t samples,
                                            const BoundPolicy& policy);

/// Writes the file where that is possible, and lets go of those that were not written for longest
/// where there are more than 64. A cache that cannot be written costs time, not the result.
void keep_reduction(const std::filesystem::path& file, const ReducedScores& reduced);

/// Why distributions of which only the likeliest classes are kept have no losses.
std::string losses_of_partial();

}  // namespace plumbline

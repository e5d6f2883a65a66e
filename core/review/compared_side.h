#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/review/comparison.h"
#include "core/review/opened_run.h"

namespace plumbline {

/// A policy that somebody wrote, and the voters that decide by it.
struct WrittenDecision {
  Policy policy;
  std::vector<std::size_t> voters;  ///< places in the run's list
};

/// Reads a policy for a run of that kind. `voters` as choose_voters() has them; where nobody names
/// any, a policy that asks no voter but the first has that one, as a baseline, and every other one
/// the run's default voters. Errors (usage) name what does not fit.
Result<WrittenDecision> written_decision(const ReviewKind& kind, const RunInfo& run,
                                         const std::string& policy, const std::string& voters = {});

/// What a comparison begins with on its first side: the first voter alone, by its own confidence or
/// its own boxes; of a kind without a baseline, what a run is opened with.
Result<WrittenDecision> baseline_of(const ReviewKind& kind, const RunInfo& run);

/// One side of a comparison in words. All but the run may be empty.
struct SideWords {
  std::string run;
  std::string policy;    ///< empty: what the Compare page begins with, see compared_side
  std::string decision;  ///< one that was saved, instead of policy and voters
  std::string voters;
  std::string fit_on;  ///< where a policy learns; empty: selection_split()
};

enum class SidePlace { first, second };

/// One side: a run, who decides on it and how, and what came of that.
struct ComparedSide {
  OpenedRun run;
  BoundPolicy policy;
  std::vector<std::size_t> voters;
  std::shared_ptr<const ReviewedRun> reviewed;

  const Decisions& decisions() const { return reviewed->decisions; }
};

/// Opens a side and decides it. `split` empty: the run's first. Without a policy the first side is
/// baseline_of() its run, and the second what the run is opened with. Errors: usage and bad input,
/// by name.
Result<ComparedSide> compared_side(const Study& study, const SideWords& words,
                                   const std::string& split, SidePlace place);

/// Sets the threshold of a side of classes so that it keeps at least `kept` correct labels and
/// misses fewest. Errors: usage, where no threshold keeps as many, or there is none to be set.
Result<void> meet_at_kept(ComparedSide& side, std::int64_t kept);

/// Compares two sides by item. Errors (usage): they are on different images, or of different kinds,
/// or have no labels that could be compared.
Result<Comparison> compare_sides(const ComparedSide& first, const ComparedSide& second);

/// Whether a table has what a comparison is made of.
bool is_comparable(const ReviewTable& table);

}  // namespace plumbline

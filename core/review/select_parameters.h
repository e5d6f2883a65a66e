#pragma once
#include <optional>
#include <span>

#include "core/review/opened_run.h"
#include "core/selection/harm.h"
#include "core/selection/operating_points.h"

namespace plumbline {

/// What a rule chose on a split.
struct SelectedParameters {
  BoundPolicy policy;    ///< the one that was given at the chosen setting
  OperatingPoint point;  ///< what it keeps and misses on that split
  std::int64_t judged = 0;
  std::optional<double> harm = std::nullopt;  ///< its mean there, where it was chosen by harm
};

/// The best setting of a policy's threshold, and of its number of votes, by a rule on the split
/// that a run was opened on; `voters` are indices into the run's. "As many kept as the baseline" is
/// meant of the run's first voter alone at `mcp`'s default threshold. Nothing where no setting
/// fulfils the rule. Errors: usage, where the policy learned on this very split; those of reading.
Result<std::optional<SelectedParameters>> select_parameters(const OpenedRun& held,
                                                            std::span<const std::size_t> voters,
                                                            const BoundPolicy& policy,
                                                            SelectionRule rule);

/// The setting that misses fewest of those that keep at least `kept` correct labels: what the
/// first side of a comparison is set to at equal kept. Errors: as above.
Result<std::optional<SelectedParameters>> select_at_kept(const OpenedRun& run,
                                                         std::span<const std::size_t> voters,
                                                         const BoundPolicy& policy,
                                                         std::int64_t kept);

/// The same by a rule about harm, counted in `unit`: as `decide --rule` chooses. Errors: the same.
Result<std::optional<SelectedParameters>> select_by_harm(const OpenedRun& held,
                                                         std::span<const std::size_t> voters,
                                                         const BoundPolicy& policy,
                                                         const HarmUnit& unit,
                                                         const HarmRule& rule);

}  // namespace plumbline

#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/bound_policy.h"
#include "core/decision/votes.h"

namespace plumbline {

/// What came of one sample. Order and names are those of every table and picture.
enum class Verdict : std::uint8_t {
  kept,                 ///< right and accepted
  undetected,           ///< wrong and accepted: an undetected misprediction
  caught,               ///< wrong and rejected
  needlessly_rejected,  ///< right and rejected
  unjudged,             ///< no true class, or a voter has no output
};
inline constexpr std::size_t verdict_kinds = 5;

/// "kept", "undetected misprediction", "caught", "needlessly rejected", "not judged".
std::string_view verdict_name(Verdict verdict);

struct VerdictCounts {
  std::array<std::int64_t, verdict_kinds> by_verdict{};

  std::int64_t operator[](Verdict v) const { return by_verdict[static_cast<std::size_t>(v)]; }
  std::int64_t judged() const;      ///< all but unjudged
  std::int64_t accepted() const;    ///< kept + undetected
  double accuracy() const;          ///< (kept + needlessly rejected) / judged; NaN where none is
  double coverage() const;          ///< accepted / judged
  double selective_risk() const;    ///< undetected / accepted; NaN where none is accepted
  double generalized_risk() const;  ///< undetected / judged
};

/// What a policy's distribution makes of the true classes of a whole split: PolicyOutput's columns.
struct DistributionLosses {
  std::vector<double> log_prob_label, brier;
  std::string missing;  ///< where there are none: why, as a sentence without an end
};

/// A policy's output on a whole split. Kept by the caller and filled anew, so that dragging a
/// threshold allocates nothing.
struct Decisions {
  std::vector<ClassIndex> label;  ///< also of what is rejected or not judged
  std::vector<double> score;
  std::vector<std::uint8_t> accept, tie;
  std::vector<Verdict> verdict;
  VerdictCounts counts;
  std::int64_t ties_broken = 0;  ///< among the judged
  /// Of a policy that has a distribution, where somebody read it; else null.
  std::shared_ptr<const DistributionLosses> losses = nullptr;
};

/// Counts the verdicts and broken ties that `decisions` has: what whoever judged by rules of their
/// own does last.
void tally(Decisions& decisions);

/// What a policy makes of each sample of a split before its threshold: columns that are kept, since
/// reading distributions takes time. For a given split and voters the same wherever `score_key` and
/// what was learned are the same.
struct ReducedScores {
  std::vector<ClassIndex> label;
  std::vector<double> score;
  std::vector<std::uint8_t> accept, tie;  ///< `accept` is used where no `least_score` says it
  /// Of a policy that has a distribution; else null.
  std::shared_ptr<const DistributionLosses> losses = nullptr;
};

/// A policy on votes on all samples, on all cores (`threads` 0) or at most so many threads; the
/// same for any number of them. Where a voter has no output nothing is accepted and no tie noted.
/// Requires PolicyNeeds::votes and as many voters in `votes` as the policy has.
void decide(const BoundPolicy& policy, const VoteTable& votes, Decisions& out,
            std::size_t threads = 0);

/// A policy's threshold on its reduced scores. `votes` says which samples have an output of every
/// voter.
void decide(const BoundPolicy& policy, const ReducedScores& reduced, const VoteTable& votes,
            Decisions& out, std::size_t threads = 0);

}  // namespace plumbline

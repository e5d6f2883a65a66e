#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/decision/held_split.h"
#include "core/selection/operating_points.h"
#include "core/types/error.h"

namespace plumbline {

/// A choice among the voters, bit v for voter v.
using VoterMask = std::uint64_t;

/// Places of the voters in a mask, rising.
std::vector<std::size_t> voters_of(VoterMask mask);

/// What some of the voters come to at the best setting that the rule allows.
struct SubsetOutcome {
  VoterMask voters = 0;
  std::optional<OperatingPoint> point;  ///< nothing where no setting fulfils the rule
  double cost = 0;  ///< × the first voter's latency, where all are known; else the number of voters
};

struct SubsetSearchOptions {
  SelectionRule rule;                ///< resolved; a bound on cost leaves out what is dearer
  std::size_t most_exhaustive = 16;  ///< up to so many voters all subsets are tried
  std::size_t beam = 32;             ///< beyond: so many subsets a size are extended; 1 is greedy
  std::size_t most_voters = 64;      ///< in a subset
  std::size_t best_a_size = 0;  ///< how many of each number of voters are told besides the front
  std::span<const double> costs = {};  ///< of a policy that counts some and names no file
  std::size_t threads = 0;             ///< 0: one a core; the result is the same for any number
  /// Called now and then, by one thread at a time; false stops. May be missing.
  std::function<bool(std::size_t done, std::size_t total)> progress = {};
};

struct SubsetSearchResult {
  /// No other subset that was tried costs as little and misses as few. By rising cost, undetected
  /// falling.
  std::vector<SubsetOutcome> front;
  /// Of each number of voters, rising, the best ones that fulfil the rule, best first.
  std::vector<SubsetOutcome> best;
  std::size_t tried = 0;
  bool exhaustive = false;
};

/// Which few voters, under a policy of any kind: all subsets with every setting of the threshold,
/// on the split that selects. Kinds that count confident votes share one sorted sweep, of which
/// only the thresholds are visited that bounds leave open; 10,000 samples × 16 voters take some 30
/// s of processor time. A policy that is fitted is fitted for each subset on `fit`, which may be
/// null for others. Errors: usage (more than 64 voters, a fit is missing), cancelled, what binding
/// says.
Result<SubsetSearchResult> search_subsets(const Policy& policy, const HeldSplit& split,
                                          const HeldSplit* fit,
                                          std::span<const std::optional<double>> latency_ms,
                                          const SubsetSearchOptions& options);

}  // namespace plumbline

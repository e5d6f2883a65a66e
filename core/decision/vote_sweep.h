#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/decision/votes.h"

namespace plumbline {

/// What a policy keeps and misses at one setting of its threshold, and of the number of votes that
/// it asks for where it has one.
struct OperatingPoint {
  double value = 0;          ///< of the threshold
  std::int64_t counted = 0;  ///< of the second parameter; 0 where there is none
  std::int64_t kept = 0, undetected = 0;

  std::int64_t accepted() const { return kept + undetected; }
  friend bool operator==(const OperatingPoint&, const OperatingPoint&) = default;
};
using VisitPoint = std::function<void(const OperatingPoint&)>;

/// What no point of a range of thresholds exceeds, at one number of votes.
struct PointBounds {
  std::int64_t counted = 0;
  std::int64_t most_kept = 0, least_undetected = 0, most_accepted = 0;
};

/// Who visits points. Without `wanted` all of them. With it those of the ranges of which it says
/// that they matter: it is asked once `reached` has been told counts that some points have.
struct PointVisitor {
  VisitPoint visit;
  VisitPoint reached = {};
  std::function<bool(const PointBounds&)> wanted = {};
};

/// All votes of a table by falling confidence, sorted once: the counts of a vote among confident
/// votes (`polygraph`) at every distinct confidence and every least number of votes follow from
/// letting one vote in after another, for any subset of the voters. Agreement is kept as bit masks.
/// Exact, ties of votes included. At most `most_voters` of them; samples that are not judged (no
/// true class, a voter without an output) are left out.
class VoteSweep {
 public:
  static constexpr std::size_t most_voters = 64;
  using Mask = std::uint64_t;

  /// `for_visits`: with what makes `visit` fast.
  explicit VoteSweep(const VoteTable& votes, bool for_visits = false);

  /// The mask of all of some voters.
  static Mask all_of(std::size_t voters) {
    return voters == 0 ? 0 : ~Mask{0} >> (most_voters - voters);
  }

  std::size_t voters() const { return voters_; }
  std::size_t samples() const { return samples_; }  ///< that are judged

  /// What a block of thresholds changes, by block and least number of votes (`cell`).
  struct BlockCounts {
    std::vector<std::uint32_t> right, wrong;        ///< samples that come to be accepted
    std::vector<std::uint32_t> to_right, to_wrong;  ///< accepted ones whose label changes
    std::vector<std::int64_t> kept, undetected;     ///< before the block
  };

  /// Memory of one sweep, kept between sweeps by each thread that makes some.
  struct State {
    std::vector<Mask> counted;         ///< by sample: the votes that are in
    std::vector<std::uint8_t> best;    ///< by sample: how many votes the leading class has
    std::vector<std::uint8_t> leader;  ///< by sample: a voter that votes for it
    std::vector<std::int64_t> kept, undetected;  ///< by least number of votes

    // Of `visit` where not all points are wanted.
    Mask subset = 0;                    ///< whose `ranked` these are
    std::vector<Mask> ranked;           ///< by sample: the subset, its voters by falling confidence
    std::vector<std::uint32_t> filled;  ///< by sample: the last replay that has set its votes
    std::uint32_t replays = 0;
    BlockCounts blocks;
    std::vector<std::uint8_t> wanted;  ///< by block
  };

  /// Calls `visit` for every setting whose counts differ from those at the confidence before: by
  /// falling confidence, then rising number of votes.
  template <class Visit>
  void sweep(Mask subset, State& state, const Visit& visit) const {
    begin(subset, state);
    for (std::size_t group = 0; group < group_ends_.size(); ++group)
      visit_group(group, subset, state, visit);
  }

  /// The same, in the same order, of what is wanted. Where little is, an order of magnitude faster:
  /// one pass over the samples counts what changes within each of some hundred blocks of
  /// thresholds, and only blocks that may matter are swept.
  void visit(Mask subset, State& state, const PointVisitor& visitor) const;

 private:
  struct Event {
    std::uint32_t sample;
    std::uint32_t voter;
  };
  /// The least numbers of votes whose counts changed; low > high where none did.
  struct Touched {
    std::size_t low, high;
  };
  /// What one more vote of a sample does to its leading class.
  struct Step {
    std::size_t before, after;  ///< votes of the leading class
    bool was_right, is_right;
  };
  static constexpr std::size_t most_blocks = 256;

  template <class Visit>
  void visit_group(std::size_t group, Mask subset, State& state, const Visit& visit) const {
    const Touched touched = let_in(group, subset, state);
    for (std::size_t votes = touched.low; votes <= touched.high; ++votes)
      visit(OperatingPoint{static_cast<double>(group_confidence_[group]),
                           static_cast<std::int64_t>(votes), state.kept[votes],
                           state.undetected[votes]});
  }

  void divide_into_blocks();
  void rank_votes();
  void begin(Mask subset, State& state) const;
  Touched let_in(std::size_t group, Mask subset, State& state) const;
  Step let_in_vote(std::size_t sample, std::size_t voter, State& state) const;
  bool wins_tie(std::size_t sample, std::size_t voter, std::size_t leader, Mask counted) const;
  double sum(std::size_t sample, Mask voters) const;

  void turn_to(Mask subset, State& state) const;
  void count_blocks(State& state) const;
  void count_divided(std::size_t sample, Mask ranked, BlockCounts& counts) const;
  void add_up_blocks(std::size_t most, State& state, const PointVisitor& visitor) const;
  void replay(std::size_t block, std::size_t most, State& state, const PointVisitor& visitor) const;
  std::size_t group_begin(std::size_t group) const {
    return group == 0 ? 0 : group_ends_[group - 1];
  }
  static std::size_t cell(std::size_t votes, std::size_t block) {
    return votes * most_blocks + block;
  }

  std::size_t voters_ = 0, samples_ = 0;
  /// Samples stand by what their voters agree on: first those of which all are right, then those of
  /// which all say the same wrong class.
  std::size_t all_right_ = 0, all_agree_ = 0;
  std::vector<Event> events_;
  std::vector<std::size_t> group_ends_;  ///< one group a distinct confidence
  std::vector<float> group_confidence_;
  std::vector<Mask> agree_;            ///< sample × voter: the voters of the same class
  std::vector<Mask> right_;            ///< by sample: the voters that are right
  std::vector<float> confidence_;      ///< sample × voter
  std::vector<ClassIndex> predicted_;  ///< sample × voter

  // By the rank of a voter among those of a sample, the surest first.
  std::vector<std::size_t> block_groups_;  ///< the first group of each block, and the end
  std::vector<std::uint8_t> rank_;   ///< voter × sample; beyond all for a vote that never counts
  std::vector<std::uint8_t> voter_;  ///< sample × rank
  std::vector<std::uint8_t> block_;  ///< sample × rank
  std::vector<Mask> ranked_agree_;   ///< sample × rank: ranks of the same class
  std::vector<Mask> ranked_right_;   ///< by sample: ranks that are right
};

}  // namespace plumbline

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

/// All votes of a table by falling confidence, sorted once: the counts of a vote among confident
/// votes (`polygraph`) at every distinct confidence and every least number of votes follow from
/// letting one vote in after another, for any subset of the voters. Agreement is kept as bit masks.
/// Exact, ties of votes included. At most `most_voters` of them; samples that are not judged (no
/// true class, a voter without an output) are left out.
class VoteSweep {
 public:
  static constexpr std::size_t most_voters = 64;
  using Mask = std::uint64_t;

  explicit VoteSweep(const VoteTable& votes);

  /// The mask of all of some voters.
  static Mask all_of(std::size_t voters) {
    return voters == 0 ? 0 : ~Mask{0} >> (most_voters - voters);
  }

  std::size_t voters() const { return voters_; }
  std::size_t samples() const { return samples_; }  ///< that are judged

  /// Memory of one sweep, kept between sweeps by each thread that makes some.
  struct State {
    std::vector<Mask> counted;         ///< by sample: the votes that are in
    std::vector<std::uint8_t> best;    ///< by sample: how many votes the leading class has
    std::vector<std::uint8_t> leader;  ///< by sample: a voter that votes for it
    std::vector<std::int64_t> kept, undetected;  ///< by least number of votes
  };

  /// Calls `visit` for every setting whose counts differ from those at the confidence before: by
  /// falling confidence, then rising number of votes.
  template <class Visit>
  void sweep(Mask subset, State& state, const Visit& visit) const {
    begin(subset, state);
    for (std::size_t group = 0; group < group_ends_.size(); ++group) {
      const Touched touched = let_in(group, subset, state);
      for (std::size_t votes = touched.low; votes <= touched.high; ++votes)
        visit(OperatingPoint{static_cast<double>(group_confidence_[group]),
                             static_cast<std::int64_t>(votes), state.kept[votes],
                             state.undetected[votes]});
    }
  }

 private:
  struct Event {
    std::uint32_t sample;
    std::uint32_t voter;
  };
  /// The least numbers of votes whose counts changed; low > high where none did.
  struct Touched {
    std::size_t low, high;
  };

  void begin(Mask subset, State& state) const;
  Touched let_in(std::size_t group, Mask subset, State& state) const;
  bool wins_tie(std::size_t sample, std::size_t voter, std::size_t leader, Mask counted) const;
  double sum(std::size_t sample, Mask voters) const;

  std::size_t voters_ = 0, samples_ = 0;
  std::vector<Event> events_;
  std::vector<std::size_t> group_ends_;  ///< one group a distinct confidence
  std::vector<float> group_confidence_;
  std::vector<Mask> agree_;            ///< sample × voter: the voters of the same class
  std::vector<Mask> right_;            ///< by sample: the voters that are right
  std::vector<float> confidence_;      ///< sample × voter
  std::vector<ClassIndex> predicted_;  ///< sample × voter
};

}  // namespace plumbline

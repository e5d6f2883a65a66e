#pragma once
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// What one batch of a size takes.
struct BatchTime {
  double batch = 0;  ///< samples
  double ms = 0;
  friend bool operator==(const BatchTime&, const BatchTime&) = default;
};

/// How long voters take, all measured on one device: what costs are made of (DOMAIN 1.6).
struct VoterTimes {
  double batch = 0;  ///< of `latency_ms`, samples
  /// By voter the time of such a batch; nothing where it was not measured at that size. Empty where
  /// nothing is known.
  std::vector<std::optional<double>> latency_ms;
  /// By voter the same and what was measured at other sizes, by rising size. May be empty: one
  /// size.
  std::vector<std::vector<BatchTime>> sizes;

  /// Of some of the voters, in that order.
  VoterTimes of(std::span<const std::size_t> voters) const;

  /// Milliseconds of a voter on what is left of a batch that only a share of it reaches: between
  /// the sizes that were measured in a straight line, below the least of them as that one, since a
  /// smaller batch is not proportionally cheaper, and of less than one sample that share of it. In
  /// proportion to the share where one size alone was measured. Nothing where that was not.
  std::optional<double> at_share(std::size_t voter, double share) const;

  /// Σ over the voters that are asked, from the sizes at which all of those were measured; nothing
  /// where one of them was not.
  std::optional<double> expected_ms(std::span<const double> shares) const;

  /// The sizes that every voter was measured at, rising.
  std::vector<double> common_sizes() const;
};

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/decision/verdicts.h"
#include "core/types/class_index.h"

namespace plumbline {

/// Accepted samples by true and decided class. Kept by the caller and filled anew, so that it can
/// follow a slider. Memory is that of the classes and of the pairs that occur, not of their square,
/// but for up to `dense_classes`.
class ConfusionMatrix {
 public:
  static constexpr std::size_t dense_classes = 256;

  struct Pair {
    ClassIndex truth = no_class, label = no_class;
    std::int64_t samples = 0;
    friend bool operator==(const Pair&, const Pair&) = default;
  };

  /// `labels`: the true classes of the samples that were decided. A class that is not below
  /// `classes` counts among the pairs, if it is wrong.
  void count(const Decisions& decisions, std::span<const ClassIndex> labels, std::size_t classes);

  std::size_t classes() const { return right_.size(); }
  /// Right and accepted.
  std::int64_t right(ClassIndex truth) const { return right_[truth]; }
  /// Wrong and accepted: each pair that occurs, most samples first, then by class.
  const std::vector<Pair>& wrong_pairs() const { return pairs_; }
  /// Any cell; 0 for a pair that does not occur.
  std::int64_t at(ClassIndex truth, ClassIndex label) const;

 private:
  std::vector<std::int64_t> right_;
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> dense_, wrong_;  ///< memory of `count`
};

}  // namespace plumbline

#include "core/metrics/confusion.h"

#include <algorithm>
#include <tuple>

namespace plumbline {

void ConfusionMatrix::count(const Decisions& decisions, std::span<const ClassIndex> labels,
                            std::size_t classes) {
  right_.assign(classes, 0);
  pairs_.clear();
  wrong_.clear();
  const bool dense = classes <= dense_classes;
  dense_.assign(dense ? classes * classes : 0, 0);
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i) {
    const ClassIndex truth = labels[i], label = decisions.label[i];
    if (decisions.verdict[i] == Verdict::kept) {
      if (truth < classes) ++right_[truth];
    } else if (decisions.verdict[i] == Verdict::undetected) {
      if (dense && truth < classes && label < classes)
        ++dense_[truth * classes + label];
      else
        wrong_.push_back((std::uint32_t{truth} << 16) | label);
    }
  }
  for (std::size_t cell = 0; cell < dense_.size(); ++cell)
    if (dense_[cell] > 0)
      pairs_.push_back({static_cast<ClassIndex>(cell / classes),
                        static_cast<ClassIndex>(cell % classes), dense_[cell]});
  std::ranges::sort(wrong_);
  for (std::size_t i = 0; i < wrong_.size(); ++i) {
    if (i == 0 || wrong_[i] != wrong_[i - 1])
      pairs_.push_back(
          {static_cast<ClassIndex>(wrong_[i] >> 16), static_cast<ClassIndex>(wrong_[i]), 0});
    ++pairs_.back().samples;
  }
  std::ranges::sort(pairs_, {}, [](const Pair& pair) {
    return std::tuple(-pair.samples, pair.truth, pair.label);
  });
}

std::int64_t ConfusionMatrix::at(ClassIndex truth, ClassIndex label) const {
  if (truth == label) return truth < right_.size() ? right_[truth] : 0;
  if (!dense_.empty() && truth < classes() && label < classes())
    return dense_[truth * classes() + label];
  const auto found = std::ranges::find_if(
      pairs_, [&](const Pair& pair) { return pair.truth == truth && pair.label == label; });
  return found == pairs_.end() ? 0 : found->samples;
}

}  // namespace plumbline

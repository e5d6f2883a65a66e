#include "core/detection/lrp.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plumbline {

namespace {

constexpr double lrp_overlap = 0.5;

struct JudgedScore {
  double score;
  double misplaced;  ///< 1 − IoU of a right detection; negative: false
};

/// Sums over what is accepted so far.
struct AcceptedSums {
  double right = 0, wrong = 0, misplaced = 0;
  void add(const JudgedScore& judged) {
    if (judged.misplaced < 0) {
      ++wrong;
    } else {
      ++right;
      misplaced += judged.misplaced;
    }
  }
  LrpParts parts(double objects, double score) const {
    const double missed = objects - right;
    LrpParts parts;
    parts.value = (misplaced / (1 - lrp_overlap) + wrong + missed) / (right + wrong + missed);
    if (right > 0) parts.place = misplaced / right;
    if (right + wrong > 0) parts.false_positive = wrong / (right + wrong);
    parts.false_negative = missed / objects;
    parts.score = score;
    return parts;
  }
};

class MeanOfParts {
 public:
  void add(const LrpParts& parts) {
    ++count_;
    sum_.value += parts.value;
    sum_.false_negative += parts.false_negative;
    if (std::isfinite(parts.score)) score_ += parts.score, ++with_score_;
    if (parts.place) place_ += *parts.place, ++with_place_;
    if (parts.false_positive) false_positive_ += *parts.false_positive, ++with_detections_;
  }
  LrpParts mean() const {
    LrpParts mean;
    if (count_ == 0) return mean;
    mean.value = sum_.value / count_;
    mean.false_negative = sum_.false_negative / count_;
    mean.score = with_score_ > 0 ? score_ / with_score_ : std::numeric_limits<double>::infinity();
    if (with_place_ > 0) mean.place = place_ / with_place_;
    if (with_detections_ > 0) mean.false_positive = false_positive_ / with_detections_;
    return mean;
  }

 private:
  LrpParts sum_{0, {}, {}, 0, 0};
  double place_ = 0, false_positive_ = 0, score_ = 0;
  double count_ = 0, with_place_ = 0, with_detections_ = 0, with_score_ = 0;
};

}  // namespace

Lrp lrp(const BoxDataset& truth, const DetectionSet& detections,
        const std::vector<DetectionMatch>& matches, double score) {
  std::vector<std::vector<JudgedScore>> judged(truth.categories.size());
  std::vector<double> objects(truth.categories.size());
  for (const TruthBox& box : truth.boxes)
    if (counts(box)) ++objects[static_cast<std::size_t>(box.category)];
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const DetectedBox& box = detections.boxes[i];
    if (matches[i].object == ignored_object) continue;
    judged[static_cast<std::size_t>(box.category)].push_back(
        {box.score, matches[i].object >= 0 ? 1 - matches[i].overlap : -1});
  }
  Lrp result;
  result.classes.resize(truth.categories.size());
  MeanOfParts at_threshold, optimal;
  for (std::size_t k = 0; k < judged.size(); ++k) {
    if (objects[k] == 0) continue;
    auto& scores = judged[k];
    std::ranges::sort(scores, std::ranges::greater(), &JudgedScore::score);
    AcceptedSums sums, asked;
    LrpParts best = sums.parts(objects[k], std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      sums.add(scores[i]);
      if (scores[i].score >= score) asked = sums;
      if (i + 1 < scores.size() && scores[i + 1].score == scores[i].score) continue;
      const LrpParts parts = sums.parts(objects[k], scores[i].score);
      if (parts.value < best.value) best = parts;
    }
    at_threshold.add(asked.parts(objects[k], score));
    optimal.add(best);
    result.classes[k] = best;
  }
  result.at_threshold = at_threshold.mean();
  result.optimal = optimal.mean();
  return result;
}

}  // namespace plumbline

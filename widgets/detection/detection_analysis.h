#pragma once
#include <QObject>
#include <QPointer>
#include <QString>

#include <memory>
#include <string>
#include <vector>

#include "core/detection/tide.h"
#include "core/review/box_figures.h"
#include "widgets/decision/run_review.h"

namespace plumbline {

/// A way to use a run's detectors, with its undetected objects at every price.
struct PriceLine {
  enum class Kind { single, views, models, all };
  Kind kind = Kind::all;
  QString name;
  std::vector<std::size_t> voters;  ///< of the run
  std::string policy;               ///< as it is written, at its defaults
  std::vector<PricePoint> points;
};

/// Objects of one class under the decision.
struct ClassFound {
  std::size_t category = 0;
  std::int64_t objects = 0, found = 0, false_detections = 0;
  double ap = -1;  ///< 0 to 1; −1 without objects
  std::int64_t undetected() const { return objects - found; }
};

/// What is drawn and listed of a run of boxes: computed on another thread where it depends on the
/// fused boxes, at once where a threshold has moved.
class DetectionAnalysis : public QObject {
  Q_OBJECT
 public:
  explicit DetectionAnalysis(QObject* parent = nullptr) : QObject(parent) {}

  /// Not owned; null: nothing.
  void set_review(RunReview* review);
  RunReview* review() const { return review_; }
  std::shared_ptr<const BoxesReviewed> boxes() const {
    return review_ == nullptr ? nullptr : review_->boxes();
  }
  bool settled() const { return !asking_curve_ && !asking_lines_; }

  /// Of the chosen fusion; null while they are computed for the first time.
  const BoxFigures* figures() const { return figures_.get(); }
  /// The same's prices, as many as are drawn: a threshold is dragged along them.
  const std::vector<PricePoint>& drawn_prices() const { return drawn_prices_; }
  const TideResult* tide() const { return tide_.get(); }
  const std::vector<PriceLine>& lines() const { return lines_; }
  std::vector<ClassFound> classes() const;
  /// Undetected objects and false detections of a line at the chosen one's price.
  static const PricePoint& at(const std::vector<PricePoint>& points, double false_detections);

  /// Moves the score threshold.
  void move_score(double score, bool settled);
  /// Takes a line's voters and fusion at one of its points.
  void take(const PriceLine& line, double score);

 Q_SIGNALS:
  void moved();    ///< a threshold: marks, counts
  void changed();  ///< curves

 private:
  void follow();
  void ask_curve();
  void ask_lines();

  QPointer<RunReview> review_;
  std::shared_ptr<const BoxLedger> ledger_;  ///< what figures_ and tide_ are of
  std::shared_ptr<const BoxFigures> figures_;
  std::shared_ptr<const TideResult> tide_;
  std::vector<PricePoint> drawn_prices_;
  std::vector<PriceLine> lines_;
  double lines_overlap_ = -1;
  bool asking_curve_ = false, asking_lines_ = false;
};

}  // namespace plumbline

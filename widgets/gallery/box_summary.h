#pragma once
#include <QObject>
#include <QPointer>

#include <memory>

#include "core/review/box_figures.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/verdict_bar.h"

namespace plumbline {

/// What stands beside the counts of a run of boxes: AP of the fused boxes, and the best single
/// detector at as many false detections. Computed on another thread, since it takes seconds where
/// there are millions of boxes; the last figures stay until the new ones are there.
class BoxSummary : public QObject {
  Q_OBJECT
 public:
  explicit BoxSummary(QObject* parent = nullptr) : QObject(parent) {}

  /// Not owned; null: nothing.
  void set_review(RunReview* review);
  /// For a decision: figures are asked for where boxes or overlap are others than before.
  void refresh();
  bool busy() const { return busy_; }
  bool is_stale() const { return stale_; }  ///< the figures are of other boxes
  std::vector<FigureLine::Piece> pieces() const;
  QString explanation() const;

 Q_SIGNALS:
  void changed();

 private:
  void ask();

  QPointer<RunReview> review_;
  std::shared_ptr<const BoxFigures> figures_;
  std::shared_ptr<const BestDetector> best_;
  std::shared_ptr<const BoxLedger> asked_;  ///< what figures_ are of
  double overlap_ = -1;                     ///< what best_ is of
  bool busy_ = false, stale_ = true;
};

}  // namespace plumbline

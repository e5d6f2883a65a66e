#include "widgets/gallery/box_summary.h"

#include "widgets/page/background.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// In points, as people quote it; – where there is none.
QString points(double ap) { return ap < 0 ? QString(no_value) : decimal(ap * 100, 1); }

struct Summed {
  std::shared_ptr<const BoxFigures> figures;
  std::shared_ptr<const BestDetector> best;
};

}  // namespace

void BoxSummary::set_review(RunReview* review) {
  review_ = review;
  figures_.reset();
  best_.reset();
  asked_.reset();
  overlap_ = -1;
  stale_ = true;
  refresh();
}

void BoxSummary::refresh() {
  const auto boxes = review_ == nullptr ? nullptr : review_->boxes();
  if (boxes == nullptr) return;
  stale_ = boxes->ledger != asked_;
  if (stale_ && !busy_) ask();
}

void BoxSummary::ask() {
  busy_ = true;
  const auto boxes = review_->boxes();
  run_in_background(
      this,
      [boxes, best = overlap_ == boxes->overlap ? best_ : nullptr] {
        Summed summed;
        summed.figures = std::make_shared<const BoxFigures>(
            box_figures(*boxes->run, boxes->fused->set, boxes->overlap));
        summed.best =
            best != nullptr
                ? best
                : std::make_shared<const BestDetector>(best_detector(*boxes->run, boxes->overlap));
        return summed;
      },
      [this, boxes, review = review_](Summed summed) {
        busy_ = false;
        if (review == nullptr || review != review_) return refresh();
        figures_ = std::move(summed.figures);
        best_ = std::move(summed.best);
        asked_ = boxes->ledger;
        overlap_ = boxes->overlap;
        refresh();
        Q_EMIT changed();
      });
}

std::vector<FigureLine::Piece> BoxSummary::pieces() const {
  const auto boxes = review_ == nullptr ? nullptr : review_->boxes();
  if (boxes == nullptr) return {};
  const QString none = no_value;
  std::vector<FigureLine::Piece> pieces = {{tr("AP "), false},
                                           {figures_ ? points(figures_->ap()) : none, true},
                                           {tr("  AP50 "), false},
                                           {figures_ ? points(figures_->ap50()) : none, true}};
  if (best_ == nullptr || boxes->flat->voters < 2) return pieces;
  const auto& price = at_price(best_->figures.prices, static_cast<double>(boxes->false_detections));
  const Voter& voter = review_->run().info.voters[best_->voter];
  const QString name =
      text_of(to_string(voter.view) == "identity" ? voter.model : to_string(voter));
  pieces.push_back({tr("   %1 alone: AP ").arg(name), false});
  pieces.push_back({points(best_->figures.ap()), true});
  pieces.push_back({tr(", undetected "), false});
  pieces.push_back({with_thousands(price.undetected), true});
  return pieces;
}

QString BoxSummary::explanation() const {
  return tr(
      "AP, AP50: COCO's, of the fused boxes of any score\nalone: the voter of the greatest AP; "
      "its undetected objects at the threshold that gives as many false detections, since "
      "equal thresholds of different detectors mean different things");
}

}  // namespace plumbline

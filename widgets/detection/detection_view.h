#pragma once
#include <QPointer>
#include <QWidget>

#include "core/study/study.h"
#include "core/types/class_index.h"
#include "widgets/decision/run_review.h"

class QStandardItemModel;
class QTableView;

namespace plumbline {

class DetectionAnalysis;
class PolicyBar;
class PrecisionPlot;
class PricePlot;

/// The decision of a run of boxes in its figures: the curve with the threshold, what redundancy
/// finds at which price, kinds of errors, how many voters find an object, and the classes.
class DetectionView : public QWidget {
  Q_OBJECT
 public:
  explicit DetectionView(QWidget* parent = nullptr);

  /// Not owned; null: nothing.
  void set_review(RunReview* review);
  bool settled() const;
  /// The study's saved decisions on boxes, beside the fusions; null: none.
  void offer_decisions(const Study* study);
  QWidget* main_view() const;  ///< what has the keys when the page is shown
  DetectionAnalysis* analysis() const { return analysis_; }
  PrecisionPlot* precision() const { return precision_; }
  PricePlot* prices() const { return prices_; }
  QTableView* classes() const { return table_; }

 Q_SIGNALS:
  /// A class's undetected objects are to be shown.
  void class_chosen(plumbline::ClassIndex category);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void show_classes();

  QPointer<RunReview> review_;
  DetectionAnalysis* analysis_;
  PolicyBar* policy_;
  PrecisionPlot* precision_;
  PricePlot* prices_;
  QStandardItemModel* model_;
  QTableView* table_;
};

}  // namespace plumbline

#pragma once
#include <QPointer>
#include <QWidget>

#include "core/types/error.h"
#include "widgets/decision/run_review.h"

class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace plumbline {

class CostModel;
class DecisionAnalysis;
class HarmAnalysis;

/// What it costs to take one class for another and to reject, as a table that is edited, read from
/// a file and written to one; and what the decision under review costs by it, beside the baseline.
/// What is typed goes into all selected cells; Delete makes them plain.
class CostsView : public QWidget {
  Q_OBJECT
 public:
  CostsView(DecisionAnalysis* analysis, HarmAnalysis* harm, QWidget* parent = nullptr);

  void set_review(RunReview* review);
  /// Reads CSV or JSON in place of the matrix. Errors name line and field, or the class that is
  /// missing; then nothing is changed.
  Result<void> import_from(const QString& file);
  /// Writes CSV that import_from() reads back.
  Result<void> export_to(const QString& file) const;
  /// Goes to a class's row and column, or to the cell of "true, decided". False where there is
  /// none.
  bool go_to(const QString& words);

  QString summary() const;
  QTableView* table() const { return table_; }
  CostModel* model() const { return model_; }

 Q_SIGNALS:
  void said(const QString& message);
  void failed(const QString& message);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* make_controls();
  void make_table();
  void fit_columns();
  void offer_classes();
  void show_facts();
  void ask_for_import();
  void ask_for_export();

  DecisionAnalysis* analysis_;
  HarmAnalysis* harm_;
  QPointer<RunReview> review_;
  CostModel* model_;
  QLineEdit* class_;
  QDoubleSpinBox* reject_;
  QPushButton *import_, *export_, *reset_;
  QLabel* summary_;
  QTableView* table_;
};

}  // namespace plumbline

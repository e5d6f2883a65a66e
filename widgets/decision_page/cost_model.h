#pragma once
#include <QAbstractTableModel>
#include <QItemSelection>
#include <QPointer>

#include "widgets/decision/run_review.h"

namespace plumbline {

/// The cost matrix of the run under review: rows are true classes, columns what is decided. Cells
/// that cost other than a plain error stand out; the diagonal is not edited. A change goes to the
/// review, and with it onto the window's stack of undo.
class CostModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  using QAbstractTableModel::QAbstractTableModel;

  /// Not owned; null: no rows.
  void set_review(RunReview* review);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

  /// Sets every cell of a selection off the diagonal, in one step. What is no cost, or less than
  /// the right class costs there, is said by refused() and changes nothing.
  bool set_cells(const QItemSelection& cells, const QString& text);
  bool set_cells(const QItemSelection& cells, double cost);

 Q_SIGNALS:
  void refused(const QString& message);

 private:
  const CostMatrix* matrix() const;
  QString name_of(int place) const;
  void refresh();

  QPointer<RunReview> review_;
  int classes_ = 0;
};

}  // namespace plumbline

#pragma once
#include <QAbstractTableModel>

#include "core/review/live_run.h"

namespace plumbline {

/// One row a voter of a run at work. Under Qt::UserRole the progress column has a fraction, the
/// strip column accuracy, half width and the identity view's accuracy as a QVariantList.
class LiveVoterModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { model, view, progress, samples, time, accuracy, interval, against, strip, columns };
  using QAbstractTableModel::QAbstractTableModel;

  void show_run(const LiveRun& run);
  const LiveRun& run() const { return run_; }
  /// What the strips span, in whole per cents.
  std::pair<double, double> accuracy_range() const { return range_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  LiveRun run_;
  std::pair<double, double> range_ = {0, 1};
};

}  // namespace plumbline

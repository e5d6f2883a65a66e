#pragma once
#include <QAbstractTableModel>

#include <optional>
#include <string>
#include <vector>

#include "widgets/planer/planer_review.h"

namespace plumbline {

/// One target of the search that is looked at, and how far it is.
struct TargetRow {
  enum class State { queued, searching, retraining, done, stopped };
  double target = 0;
  std::optional<double> limit, cost, baseline;  ///< ms, or joules of 1,000 tokens
  bool estimated = false;                       ///< the cost is from the table, not measured
  /// Measured in turns with the baseline, whose cost then is `baseline`.
  bool beside_baseline = false;
  /// Whether the target is met, of that ratio; nothing where it was measured apart.
  std::optional<bool> target_met;
  bool noisy = false;  ///< the machine was not quiet when it was measured
  std::optional<MeasuredLoss> loss;
  State state = State::queued;
  double share = 0;      ///< of the work, while it is searched for
  std::string job;       ///< of a queued target: its own
  std::string network;   ///< found
  JobState job_state{};  ///< of one that stopped
};

/// Done, at work and queued, in this order.
std::vector<TargetRow> target_rows(const PlanerReview& review);

/// The table of targets. Queued ones are reordered by dragging; what that means for the queue is
/// the owner's affair.
class TargetModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { target, limit, latency, speed_up, loss, state, columns };

  explicit TargetModel(PlanerReview* review, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
  QStringList mimeTypes() const override;
  QMimeData* mimeData(const QModelIndexList& indexes) const override;
  bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                    const QModelIndex& parent) override;

  const TargetRow& row(int row) const { return rows_[static_cast<std::size_t>(row)]; }
  CostKind cost() const { return review_->subject().cost; }
  QString summary() const;  ///< "3 done, 1 running, 2 queued"
  /// Moves a queued target before or behind its queued neighbour.
  void move(int row, int by);

 Q_SIGNALS:
  /// The queued jobs in their new order.
  void reordered(const std::vector<std::string>& jobs);

 private:
  void refresh();
  void place(int from, int before);

  PlanerReview* review_;
  std::vector<TargetRow> rows_;
};

}  // namespace plumbline

#pragma once
#include <QAbstractTableModel>

#include <vector>

#include "widgets/planer/planer_review.h"

namespace plumbline {

/// Architectures one below the other: name, strip, latency, loss. Follows the review.
class ArchitectureModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { name, strip, latency, loss, columns };
  enum Role {
    note_role = Qt::UserRole,  ///< below the name
    selected_role,             ///< bool
    faded_role,                ///< bool: two others are compared
  };

  explicit ArchitectureModel(PlanerReview* review, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  const PlanerEntry& entry(int row) const { return rows_[static_cast<std::size_t>(row)]; }
  std::size_t slots() const;
  CostKind cost() const { return review_->subject().cost; }
  /// The other one of two that are compared; null: this row is not compared.
  const PlanerEntry* compared_with(int row) const;
  /// Adds a row to those selected or takes it off; of two the older one gives way to a third.
  void toggle(int row);

 private:
  void take_strips();

  PlanerReview* review_;
  std::vector<PlanerEntry> rows_;
};

}  // namespace plumbline

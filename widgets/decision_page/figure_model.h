#pragma once
#include <QAbstractTableModel>

#include "widgets/decision_page/decision_analysis.h"
#include "widgets/decision_page/harm_analysis.h"

namespace plumbline {

/// Every metric of the metric table: on the split where parameters are chosen and on the one that
/// is shown, each with its 95 % interval, what became of it between the two, and the baseline's at
/// equal kept. What is not of the policy as it stands has the colour of what is disabled.
class FigureModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { name, validation, validation_half, shown, shown_half, drift, baseline, columns };

  FigureModel(DecisionAnalysis* analysis, HarmAnalysis* harm, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  /// Heads without the numbers of samples and the baseline's split, where columns are narrow: the
  /// first row has the one, the second head the other.
  void set_brief(bool brief);

  /// The row of a metric, by its key; −1 where it is not listed.
  int row_of(std::string_view metric) const;

 private:
  struct Cell {
    QString text;
    bool current = true;
  };
  struct Row {
    const Metric* metric = nullptr;
    std::array<Cell, columns> cells;
    std::optional<bool> is_chance;
    QString drift_hint;
  };
  void update_values();
  void update_split(Row& row, const DecisionAnalysis::Column& of, bool live, Column value,
                    Column half) const;
  void update_drift(Row& row) const;
  static std::string_view figure_of(const Row& row, Column column);
  QVariant source_of(const Row& row, Column column) const;

  DecisionAnalysis* analysis_;
  HarmAnalysis* harm_;
  std::vector<Row> rows_;
  bool brief_ = false;
};

}  // namespace plumbline

#pragma once
#include <QAbstractTableModel>

#include <string>
#include <vector>

#include "core/review/comparison.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

/// A comparison by true class; the first row is all classes. Qt::UserRole gives what a column sorts
/// by.
class ClassComparisonModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column {
    name,
    samples,
    accuracy_first,
    accuracy_second,
    difference,
    undetected_first,
    undetected_second,
    gained,
    lost,
    columns
  };
  using QAbstractTableModel::QAbstractTableModel;

  /// Of objects a right label is one that is found; false detections are not compared.
  void show(const Comparison* comparison, std::vector<std::string> class_names, JudgedItem item);
  ClassIndex truth(int row) const;  ///< no_class: all

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  const ClassComparison& entry(int row) const;

  std::vector<ClassComparison> rows_;
  std::vector<std::string> names_;
  JudgedItem item_ = JudgedItem::sample;
};

/// "+2.7 ± 0.6" percentage points: the difference of the labels' accuracies with the half width of
/// its 95 % interval.
QString difference_text(const ClassComparison& entry);

}  // namespace plumbline

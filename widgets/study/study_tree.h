#pragma once
#include <QWidget>

#include <string>

#include "core/review/opened_run.h"
#include "core/study/study.h"

class QLineEdit;
class QSortFilterProxyModel;
class QStandardItemModel;
class QTreeView;

namespace plumbline {

/// What the study holds: data sets with splits, models, runs, saved decisions, networks, searches, each with one
/// figure at the right.
class StudyTree : public QWidget {
  Q_OBJECT
 public:
  explicit StudyTree(QWidget* parent = nullptr);

  void clear();
  /// Reads names and counts; no prediction file.
  Result<void> show_study(const Study& study);
  /// Marks the open run and gives its models their accuracy.
  void show_run(const OpenedRun& run);

  QTreeView* view() const { return view_; }

 Q_SIGNALS:
  /// `split` empty: the run's first.
  void run_chosen(const QString& name, const QString& split);
  void search_chosen(const QString& name);
  void network_chosen(const QString& name);
  void decision_chosen(const QString& name);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QLineEdit* filter_;
  QTreeView* view_;
  QStandardItemModel* items_;
  QSortFilterProxyModel* filtered_;
};

}  // namespace plumbline

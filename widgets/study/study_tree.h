#pragma once
#include <QWidget>

#include <optional>
#include <string>
#include <vector>

#include "core/review/opened_run.h"
#include "core/study/study.h"
#include "widgets/study/study_item.h"

class QLineEdit;
class QModelIndex;
class QSortFilterProxyModel;
class QStandardItemModel;
class QTreeView;

namespace plumbline {

/// What the study holds: data sets with splits, models, runs, saved decisions, networks, searches,
/// each with one figure at the right. Its menu and its keys (F2, Delete) ask for what can be done
/// with a row; who does it is the owner's affair.
class StudyTree : public QWidget {
  Q_OBJECT
 public:
  explicit StudyTree(QWidget* parent = nullptr);

  void clear();
  /// Reads names and counts; no prediction file.
  Result<void> show_study(const Study& study);
  /// Marks the open run and gives its models their accuracy.
  /// `follow`: its row becomes the current one.
  void show_run(const OpenedRun& run, bool follow = true);

  QTreeView* view() const { return view_; }

  /// A study that can only be read offers neither new names nor removals.
  void set_writable(bool writable) { writable_ = writable; }
  std::optional<StudyItem> current() const;
  /// What can be done with the row now, in the order of the menu.
  std::vector<StudyTask> tasks_of(const StudyItem& item) const;

 Q_SIGNALS:
  /// `split` empty: the run's first.
  void run_chosen(const QString& name, const QString& split);
  void search_chosen(const QString& name);
  void network_chosen(const QString& name);
  void decision_chosen(const QString& name);
  void task_wanted(plumbline::StudyTask task, const plumbline::StudyItem& item);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void open(const QModelIndex& index);
  void want(StudyTask task);
  void open_menu(const QPoint& at);
  void restore(const std::optional<StudyItem>& current, const std::vector<StudyItem>& folded);

  QLineEdit* filter_;
  QTreeView* view_;
  QStandardItemModel* items_;
  QSortFilterProxyModel* filtered_;
  bool writable_ = true;
};

}  // namespace plumbline

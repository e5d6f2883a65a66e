#pragma once
#include <QWidget>

class QLineEdit;
class QMenu;
class QPushButton;

namespace plumbline {

class PlanerJobs;
class PlanerReview;
class TargetModel;
class TargetView;
class TitleBar;

/// The targets of the search, and the queue of those to come.
class TargetPanel : public QWidget {
  Q_OBJECT
 public:
  TargetPanel(PlanerReview* review, TargetModel* targets, PlanerJobs* jobs,
              QWidget* parent = nullptr);
  void refresh();
  QLineEdit* new_targets() const { return new_targets_; }
  /// Opened by the button beside the new targets.
  QMenu* export_menu() const { return export_menu_; }

 Q_SIGNALS:
  void failed(const QString& message);

 private:
  QWidget* make_row();
  void add_targets();
  void select(int row);

  PlanerReview* review_;
  TargetModel* targets_;
  PlanerJobs* jobs_;
  TitleBar* title_;
  TargetView* table_;
  QLineEdit* new_targets_;
  QPushButton* export_;
  QMenu* export_menu_;
};

}  // namespace plumbline

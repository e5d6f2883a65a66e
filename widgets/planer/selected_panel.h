#pragma once
#include <QWidget>

#include "widgets/planer/planer_review.h"

class QGridLayout;
class QLabel;
class QPushButton;

namespace plumbline {

/// What is known of the selected architecture, against the baseline or the other one that is
/// compared.
class SelectedPanel : public QWidget {
  Q_OBJECT
 public:
  explicit SelectedPanel(PlanerReview* review, QWidget* parent = nullptr);
  QString value(int row) const;
  QString against(int row) const;

 Q_SIGNALS:
  /// The network that is described is to be trained further.
  void further_asked();

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  static constexpr int rows = 4;
  PlanerReview* review_;
  QLabel *title_, *reference_;
  QPushButton* further_;
  QLabel *labels_[rows], *values_[rows], *others_[rows];
};

}  // namespace plumbline

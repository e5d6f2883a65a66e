#pragma once
#include <QWidget>

#include "widgets/planer/planer_review.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace plumbline {

class ElidedLabel;

/// The search at work: how far, how fast, how long; what can be done to it; and its figures below.
class SearchBar : public QWidget {
  Q_OBJECT
 public:
  explicit SearchBar(PlanerReview* review, QWidget* parent = nullptr);

  /// Why nothing can be launched; empty: it can.
  void set_obstacle(const QString& reason);
  QString state_text() const;
  QString figure(const char* name) const;  ///< by its object's name

 Q_SIGNALS:
  void launch();
  void failed(const QString& message);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  void refresh_figures();

  PlanerReview* review_;
  QLabel* name_;
  ElidedLabel *done_, *rate_;
  QProgressBar* progress_;
  QPushButton *pause_, *cancel_, *launch_;
  QWidget* figures_;
  QString obstacle_;
};

}  // namespace plumbline

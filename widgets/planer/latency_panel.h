#pragma once
#include <QWidget>

class QLabel;
class QToolButton;

namespace plumbline {

class LatencyBars;
class PlanerReview;
class TitleBar;

/// Where the time of the described network goes, beside the baseline's.
class LatencyPanel : public QWidget {
  Q_OBJECT
 public:
  explicit LatencyPanel(const PlanerReview* review, QWidget* parent = nullptr);
  void refresh();
  QToolButton* by_block() const { return by_block_; }

 private:
  void show_unkept();

  const PlanerReview* review_;
  TitleBar* title_;
  QToolButton* by_block_;
  LatencyBars* bars_;
  QLabel* unkept_;
};

}  // namespace plumbline

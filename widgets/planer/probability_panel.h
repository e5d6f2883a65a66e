#pragma once
#include <QWidget>

namespace plumbline {

class PlanerReview;
class ProbabilityMapView;
class TitleBar;

/// How likely each option of each block is in the search at work, else in the last one.
class ProbabilityPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ProbabilityPanel(const PlanerReview* review, QWidget* parent = nullptr);
  /// `preview`: what is predicted for the target is outlined too.
  void refresh(bool preview);
  bool settled() const;

 private:
  const PlanerReview* review_;
  TitleBar* title_;
  ProbabilityMapView* map_;
};

}  // namespace plumbline

#pragma once
#include "widgets/bars/title_bar.h"
#include "widgets/planer/planer_jobs.h"
#include "widgets/planer/planer_review.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace plumbline {

class ArchitectureModel;
class ArchitectureView;
class TargetSlider;
class SearchBar;
class TradeoffPlot;

/// Accuracy against latency with the slider that launches searches; below it the search at work and
/// the architectures. Where the device was not measured, a button that does so stands there.
class TradeoffPanel : public Ground {
  Q_OBJECT
 public:
  TradeoffPanel(PlanerReview* review, ArchitectureModel* architectures, QWidget* parent = nullptr);

  TradeoffPlot* plot() const { return plot_; }
  TargetSlider* slider() const { return slider_; }
  ArchitectureView* strips() const { return strips_; }
  QToolButton* fractions() const { return fractions_; }
  /// What the keyboard works on first.
  QWidget* main_view() const;
  /// What stands in place of the plot; empty: the plot does.
  QString notice() const;

  void show_subject();
  void show_target();
  /// Nothing: `obstacle` alone.
  void show_launch(const std::optional<LaunchPreview>& preview, const QString& obstacle);

 Q_SIGNALS:
  void launch(double target);
  void measure();
  void settings_wanted();
  void drag_ended();
  void failed(const QString& message);

 private:
  void make_title();
  QWidget* make_chart();
  QWidget* make_unmeasured();
  void fill_searches();

  PlanerReview* review_;
  TitleBar* title_;
  QToolButton *searches_, *fractions_, *energy_;
  QStackedWidget* stack_;
  TradeoffPlot* plot_;
  TargetSlider* slider_;
  QLabel* measure_words_;
  QPushButton* measure_button_;
  SearchBar* search_;
  ArchitectureView* strips_;
};

}  // namespace plumbline

#pragma once
#include <optional>

#include "widgets/page/context.h"
#include "widgets/page/page.h"
#include "widgets/planer/planer_commands.h"
#include "widgets/planer/planer_review.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace plumbline {

class ArchitectureModel;
class ArchitectureView;
class DeviceList;
class ImportDialog;
class JobCenter;
class LatencyBars;
class LatencySlider;
class PlanerBar;
class ProbabilityMapView;
class SearchBar;
class SelectedPanel;
class TargetModel;
class TitleBar;
class TradeoffPlot;

/// From an existing language model and a latency to a faster one: where its time goes, accuracy
/// against latency with the slider that launches searches, the search at work, what was found.
class PlanerPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "planer";
  explicit PlanerPage(const PageContext& context, QWidget* parent = nullptr);

  QString title() const override { return tr("PLANER"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  std::vector<MenuCommand> commands() override;
  Result<void> show_study(const Study* study) override;
  bool shows(const Route& route) const override;
  Result<void> go_to(const Route& route) override;
  std::vector<Place> places() const override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override;
  bool settled() const override;
  bool wants_jobs_folded() const override { return true; }

  PlanerReview* review() const { return review_; }
  TradeoffPlot* plot() const { return plot_; }
  LatencySlider* slider() const { return slider_; }
  ArchitectureModel* architectures() const { return architectures_; }
  TargetModel* targets() const { return targets_; }

  /// Why a search cannot be launched; empty: it can.
  QString obstacle() const;
  QStringList command(const std::vector<double>& targets) const;
  bool launch(double target);
  void measure();
  /// Writes the plot (pdf, svg, png) or its figures (csv, json) by the file's ending.
  bool export_file(const QString& file);
  /// What stands in place of the plot; empty: the plot does.
  QString notice() const;

 private:
  /// What the study holds now; nothing: no study is open.
  void set_catalogue(std::optional<PlanerCatalogue> catalogue, const QString& study);
  void open_network(const NetworkInfo& network);
  std::vector<std::string> network_names() const;
  void import_network();
  void train_network();
  void queue_when_accepted(ImportDialog* dialog, const std::string& kind);
  QWidget* make_content();
  QWidget* make_empty();
  QWidget* make_left();
  QWidget* make_right();
  void make_actions();
  void make_export_menu();
  void refresh();
  void adopt_target();
  void refresh_launch();
  void refresh_map();
  void refresh_bars();
  void refresh_searches();
  void add_targets();
  void reorder(const std::vector<std::string>& jobs);
  void remove_target(int row);
  void ask_settings();
  void ask_export(const QString& ending);
  void export_network();
  void ask_further();
  bool submit(const std::string& kind, const QStringList& words);
  std::vector<std::string> taken_names() const;
  SearchSettings current_settings() const;

  PageContext context_;
  JobCenter* jobs_;
  DeviceList* devices_;
  PlanerReview* review_;
  PlanerBar* bar_;
  QLabel* page_notice_;
  QWidget *content_, *empty_ = nullptr, *empty_buttons_ = nullptr;
  QStackedWidget* plot_stack_;
  QLabel* measure_words_;
  QPushButton* measure_button_;
  TitleBar *plot_title_, *map_title_, *bars_title_, *targets_title_;
  TradeoffPlot* plot_;
  LatencySlider* slider_;
  SearchBar* search_;
  ArchitectureModel* architectures_;
  ArchitectureView* strips_;
  ProbabilityMapView* map_;
  LatencyBars* bars_;
  TargetModel* targets_;
  QTableView* target_table_;
  QLineEdit* new_targets_;
  QPushButton *add_, *export_;
  SelectedPanel* selected_;
  QToolButton *fractions_, *by_block_, *searches_;
  QString study_, study_notice_;
  PlanerSubject shown_;  ///< whose target the slider has
  /// By subject's search; empty name: of the next new one.
  std::optional<SearchSettings> settings_;
};

}  // namespace plumbline

#pragma once
#include "widgets/page/context.h"
#include "widgets/page/page.h"
#include "widgets/planer/planer_review.h"

class QLabel;

namespace plumbline {

class ArchitectureModel;
class ImportDialog;
class LatencyPanel;
class TargetSlider;
class PlanerBar;
class PlanerJobs;
class ProbabilityPanel;
class TargetModel;
class TargetPanel;
class TradeoffPanel;
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
  TradeoffPlot* plot() const;
  TargetSlider* slider() const;
  ArchitectureModel* architectures() const { return architectures_; }
  TargetModel* targets() const { return targets_; }
  PlanerJobs* jobs() const { return jobs_; }

  /// Writes the plot (pdf, svg, png) or its figures (csv, json) by the file's ending.
  bool export_file(const QString& file);
  /// What stands in place of the plot; empty: the plot does.
  QString notice() const;

 private:
  QWidget* make_content();
  QWidget* make_side();
  QWidget* make_empty();
  void make_actions();
  void fill_export_menu();
  void connect_review();
  void open_network(const NetworkInfo& network);
  void refresh();
  void show_emptiness();
  void adopt_target();
  void refresh_launch();
  void refresh_map();
  void ask_settings();
  void ask_export(const QString& ending);
  void export_network();
  bool may_queue();
  void train_further();
  void import_network();
  void train_network();
  /// Shows the dialog; once it is accepted, queues its command and says so.
  void queue_when_accepted(ImportDialog* dialog, const std::string& kind,
                           const QString& words = {});

  PageContext context_;
  PlanerReview* review_;
  ArchitectureModel* architectures_;
  TargetModel* targets_;
  PlanerBar* bar_;
  PlanerJobs* jobs_;
  TradeoffPanel* tradeoff_;
  ProbabilityPanel* map_;
  LatencyPanel* times_;
  TargetPanel* target_panel_;
  QWidget *content_, *empty_, *empty_buttons_;
  QLabel* notice_;
  QString study_notice_;
  PlanerSubject shown_;  ///< whose target the slider has
};

}  // namespace plumbline

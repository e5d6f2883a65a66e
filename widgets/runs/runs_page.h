#pragma once
#include <optional>

#include "core/jobs/job_subject.h"
#include "core/review/run_catalogue.h"
#include "widgets/figures/figure_table.h"
#include "widgets/page/context.h"
#include "widgets/page/page.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QStackedLayout;

namespace plumbline {

class CostPanel;
class DeviceList;
class JobCenter;
class RunProgress;
class VoterChoiceModel;
class VoterChoiceView;

/// What to run and what it costs; below it the run at work.
class RunsPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "runs";
  explicit RunsPage(const PageContext& context, QWidget* parent = nullptr);

  QString title() const override { return tr("Runs"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  std::vector<MenuCommand> commands() override;
  std::vector<KeyHint> key_hints() const override;
  Result<void> show_study(const Study* study) override;
  /// The job of the run that is named.
  Result<void> go_to(const Route& route) override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  void theme_changed() override;
  bool settled() const override;

  VoterChoiceModel* choice() const { return choice_; }
  RunProgress* progress() const { return progress_; }

  /// What is chosen, the baseline first.
  RunWork work() const;
  /// The engine's command for it; what stands against it is in `obstacle()`.
  QStringList command() const;
  QString obstacle() const;
  void start();

 protected:
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  /// What the study holds now; nothing: no study is open.
  void set_catalogue(std::optional<RunCatalogue> catalogue, const QString& study);
  void fit_plan();
  void train_members();
  QWidget* make_new_run();
  QWidget* make_device();
  void take_target();
  void refresh();
  void take_devices();
  void add_view();
  QString free_name() const;
  QString device_kind() const;
  FigureSource plan_source() const;

  PageContext context_;
  JobCenter* jobs_;
  DeviceList* devices_;
  VoterChoiceModel* choice_;
  VoterChoiceView* matrix_;
  CostPanel* cost_;
  RunProgress* progress_;
  QComboBox *dataset_, *split_, *baseline_, *device_, *precision_;
  QLineEdit* name_;
  QSpinBox* batch_;
  QPushButton *start_, *copy_, *add_model_ = nullptr, *train_ = nullptr;
  QLabel *notice_, *why_not_;
  QWidget *upper_, *plan_;
  QString study_;
  bool name_edited_ = false;
  bool plan_moved_ = false;  ///< by the user, who knows better
};

}  // namespace plumbline

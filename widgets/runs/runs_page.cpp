#include "widgets/runs/runs_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/runs/cost_panel.h"
#include "widgets/runs/run_progress.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/runs/voter_choice_view.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

RunsPage::RunsPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      context_(context),
      jobs_(context.jobs),
      devices_(context.devices),
      choice_(new VoterChoiceModel(this)),
      matrix_(new VoterChoiceView(choice_)),
      cost_(new CostPanel),
      progress_(new RunProgress(context.jobs)),
      dataset_(new QComboBox),
      split_(new QComboBox),
      baseline_(new QComboBox),
      device_(new QComboBox),
      precision_(new QComboBox),
      name_(new QLineEdit),
      batch_(new QSpinBox),
      start_(new QPushButton(tr("Queue run"))),
      copy_(new QPushButton(tr("Copy command"))),
      notice_(new QLabel(this)),
      why_not_(new SecondaryLabel),
      upper_(new QWidget(this)) {
  auto* across = new QHBoxLayout(upper_);
  across->setContentsMargins(0, 0, 0, 0);
  across->setSpacing(0);
  across->addWidget(make_new_run(), 1);
  auto* line = new QFrame(upper_);
  line->setFrameShape(QFrame::VLine);
  line->setFixedWidth(1);
  across->addWidget(line);
  across->addWidget(make_device());
  plan_ = new QSplitter(Qt::Vertical, this);
  auto* split = static_cast<QSplitter*>(plan_);
  split->setHandleWidth(1);
  split->setChildrenCollapsible(false);
  split->addWidget(upper_);
  split->addWidget(progress_);
  split->setStretchFactor(0, 0);
  split->setStretchFactor(1, 1);
  connect(split, &QSplitter::splitterMoved, this, [this] { plan_moved_ = true; });
  notice_->setObjectName(QStringLiteral("runs_notice"));
  notice_->setAlignment(Qt::AlignCenter);
  notice_->setWordWrap(true);
  notice_->setTextFormat(Qt::RichText);
  notice_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  connect(notice_, &QLabel::linkActivated, this, &RunsPage::follow);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(plan_, 1);
  rows->addWidget(notice_, 1);
  connect(progress_, &RunProgress::open_run, this,
          [this](const QString& name) { Q_EMIT link_followed(Route{.run = name}); });
  connect(progress_, &RunProgress::failed, this, &RunsPage::failed);
  connect(choice_, &VoterChoiceModel::choice_changed, this, &RunsPage::refresh);
  connect(jobs_, &JobCenter::jobs_changed, this, &RunsPage::refresh);
  connect(devices_, &DeviceList::changed, this, &RunsPage::take_devices);
  set_figure_source(upper_, [this] { return plan_source(); });
  set_catalogue(std::nullopt, {});
}

/// What `run --estimate` says the same of.
FigureSource RunsPage::plan_source() const {
  const RunWork plan = work();
  const QString device = device_->currentData().toString();
  return {{QStringLiteral("DATASET"), {text_of(plan.dataset)}},
          {QStringLiteral("SPLIT"), {text_of(plan.splits.front())}},
          {QStringLiteral("VOTERS"), voter_words(plan.voters)},
          {QStringLiteral("PRECISION"), {precision_->currentText()}},
          {QStringLiteral("DEVICE"), {device == QStringLiteral("auto") ? device_kind() : device}}};
}

QWidget* RunsPage::main_view() { return matrix_; }

void RunsPage::theme_changed() { update(); }

void RunsPage::show_notice(const QString& text) {
  // A study without a run is what this page is for.
  if (study_.isEmpty()) notice_->setText(text);
}

Result<void> RunsPage::go_to(const Route& route) {
  if (!route.run.isEmpty()) progress_->show_run(route.run.toStdString());
  return {};
}

Result<void> RunsPage::show_study(const Study* study) {
  if (study == nullptr) {
    set_catalogue(std::nullopt, {});
    return {};
  }
  auto catalogue = read_catalogue(*study);
  TRY(catalogue);
  set_catalogue(std::move(*catalogue), text_of(study->folder().string()));
  return {};
}

void RunsPage::set_catalogue(std::optional<RunCatalogue> catalogue, const QString& study) {
  const bool same = study == study_;
  study_ = catalogue ? study : QString();
  if (!same) {
    name_edited_ = false;
    progress_->show_run({});
  }
  const QString dataset = dataset_->currentText(), split = split_->currentData().toString();
  QString message;
  if (catalogue && catalogue->datasets.empty())
    message = tr("This study has no data set yet.<br>%1, or drop a folder here.")
                  .arg(anchor(CommandName{QStringLiteral("import-dataset")}, tr("Import images")));
  else if (catalogue && catalogue->models.empty())
    message = tr("This study has no model yet.<br>%1, %2, or drop a .pt or .safetensors file here.")
                  .arg(anchor(CommandName{QStringLiteral("import-model")}, tr("Import a model")),
                       anchor(CommandName{QStringLiteral("train")}, tr("train members")));
  // Where the first member is being trained, that is what there is to see.
  const bool trains = std::ranges::any_of(
      jobs_->jobs(), [](const JobFolder& job) { return job.subject().as<TrainWork>() != nullptr; });
  if (catalogue && !catalogue->datasets.empty() && trains) message.clear();
  plan_->setVisible(catalogue && message.isEmpty());
  notice_->setVisible(!catalogue || !message.isEmpty());
  if (!message.isEmpty()) notice_->setText(message);
  if (!catalogue) {
    choice_->set_catalogue({});
    return;
  }
  progress_->set_study(catalogue->datasets, catalogue->runs);
  choice_->set_catalogue(std::move(*catalogue));
  {
    const QSignalBlocker blocker(dataset_);
    dataset_->clear();
    for (const DatasetInfo& info : choice_->catalogue().datasets)
      dataset_->addItem(text_of(info.name));
  }
  const int place = same ? dataset_->findText(dataset) : -1;
  dataset_->setCurrentIndex(-1);
  dataset_->setCurrentIndex(std::max(0, place));
  dataset_->updateGeometry();
  if (same && split_->findData(split) >= 0) split_->setCurrentIndex(split_->findData(split));
  if (!same) choice_->choose({});
  fit_plan();
  take_target();
  if (!devices_->asked()) devices_->ask();
}

/// The table is as high as its rows, as long as the run below has room: until the user says
/// otherwise. A page that is not shown does not know yet how high it will be.
void RunsPage::fit_plan() {
  if (plan_moved_ || !isVisible()) return;
  const auto fit = [this] {
    auto* parts = static_cast<QSplitter*>(plan_);
    const int upper =
        spacing::dock_title_height + 2 * spacing::bar_height + matrix_->sizeHint().height() + 4;
    const int height = parts->height(), wanted = std::min(upper, height * 55 / 100);
    parts->setSizes({wanted, height - wanted});
  };
  QMetaObject::invokeMethod(this, fit, Qt::QueuedConnection);
}

void RunsPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  fit_plan();
}

void RunsPage::resizeEvent(QResizeEvent* event) {
  Page::resizeEvent(event);
  fit_plan();
}

bool RunsPage::settled() const { return !devices_->is_asking(); }

QString RunsPage::device_kind() const {
  const QString chosen = device_->currentData().toString();
  if (chosen == QStringLiteral("auto"))
    return devices_->has_gpu() ? QStringLiteral("cuda") : QStringLiteral("cpu");
  return chosen.startsWith(QStringLiteral("cuda")) ? QStringLiteral("cuda") : QStringLiteral("cpu");
}

void RunsPage::take_target() {
  RunTarget target;
  const int index = dataset_->currentIndex();
  const auto& datasets = choice_->catalogue().datasets;
  if (index >= 0 && index < static_cast<int>(datasets.size())) {
    const DatasetInfo& dataset = datasets[static_cast<std::size_t>(index)];
    target.dataset = dataset.id;
    target.split = split_->currentData().toString().toStdString();
    for (const SplitInfo& split : dataset.splits)
      if (split.name == target.split) target.samples = split.samples;
  }
  target.precision = precision_->currentText().toStdString();
  target.device_kind = device_kind().toStdString();
  choice_->set_target(target);
}

QString RunsPage::free_name() const {
  for (int i = 1;; ++i) {
    const std::string name = "r" + std::to_string(i);
    const bool taken = std::ranges::find(choice_->catalogue().runs, name, &RunInfo::name) !=
                           choice_->catalogue().runs.end() ||
                       std::ranges::any_of(jobs_->jobs(), [&](const JobFolder& job) {
                         return !is_over(job.state()) && job_run(job) == text_of(name);
                       });
    if (!taken) return text_of(name);
  }
}

void RunsPage::refresh() {
  const auto chosen = choice_->chosen();
  QStringList models;
  for (const Voter& voter : chosen)
    if (!models.contains(text_of(voter.model))) models << text_of(voter.model);
  QStringList shown;
  for (int i = 0; i < baseline_->count(); ++i) shown << baseline_->itemText(i);
  if (shown != models) {
    const QSignalBlocker blocker(baseline_);
    const QString before = baseline_->currentText();
    baseline_->clear();
    baseline_->addItems(models);
    baseline_->setCurrentIndex(std::max(0, static_cast<int>(models.indexOf(before))));
    baseline_->updateGeometry();
  }
  baseline_->setEnabled(models.size() > 1);
  if (!name_edited_) name_->setText(free_name());
  cost_->show_cost(choice_->cost(work().voters), device_kind() == QStringLiteral("cuda"));
  const QString reason = obstacle();
  start_->setEnabled(reason.isEmpty());
  // Without a study they ask for a new one.
  for (QPushButton* adds : {add_model_, train_})
    offer(adds, study_.isEmpty() ? QString() : jobs_->obstacle());
  copy_->setEnabled(reason.isEmpty());
  why_not_->setText(reason);
}

QString RunsPage::obstacle() const {
  if (const QString reason = jobs_->obstacle(); !reason.isEmpty()) return reason;
  if (choice_->target().samples == 0) return tr("Choose a data set with images.");
  if (choice_->chosen().empty()) return tr("Tick at least one voter.");
  const QString name = name_->text().trimmed();
  if (name.isEmpty()) return tr("Give the run a name.");
  if (std::ranges::find(choice_->catalogue().runs, name.toStdString(), &RunInfo::name) !=
      choice_->catalogue().runs.end())
    return tr("There is already a run %1: give the new one another name.").arg(name);
  if (jobs_->engine().isEmpty()) return tr("plumbline-engine was not found beside this program.");
  return {};
}

void RunsPage::take_devices() {
  for (const DeviceList::Device& device : devices_->devices()) {
    const int there = device_->findData(device.key);
    if (there >= 0)
      device_->setItemText(there, device.name);
    else
      device_->addItem(QStringLiteral("%1 · %2").arg(device.key, device.name), device.key);
  }
  take_target();
}

}  // namespace plumbline

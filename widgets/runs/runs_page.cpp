#include "widgets/runs/runs_page.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/bars/bar.h"
#include "widgets/bars/title_bar.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/jobs/device_list.h"
#include "widgets/jobs/job_center.h"
#include "widgets/jobs/job_words.h"
#include "widgets/runs/cost_panel.h"
#include "widgets/runs/run_progress.h"
#include "widgets/runs/train_dialog.h"
#include "widgets/runs/voter_choice_model.h"
#include "widgets/runs/voter_choice_view.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int cost_width = 320;

}  // namespace

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
  set_catalogue(std::nullopt, {});
}

QWidget* RunsPage::make_new_run() {
  auto* panel = new Ground;
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(new TitleBar(
      tr("New run"), tr("voters: tick models × views; a name ticks its row or column"), panel));
  auto* form = new QWidget(panel);
  auto* items =
      new WrapLayout(form, spacing::bar_height, spacing::between_controls, spacing::page_margin);
  dataset_->setObjectName(QStringLiteral("run_dataset"));
  split_->setObjectName(QStringLiteral("run_split"));
  baseline_->setObjectName(QStringLiteral("run_baseline"));
  name_->setObjectName(QStringLiteral("run_name"));
  for (QComboBox* combo : {dataset_, split_, baseline_}) {
    combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    // Never below the hint: a combo box remembers its smallest size from other entries.
    combo->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
  }
  baseline_->setMinimumWidth(124);
  name_->setFixedWidth(130);
  name_->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  items->addWidget(labelled(tr("Data set"), dataset_, form));
  items->addWidget(labelled(tr("Split"), split_, form));
  items->addWidget(labelled(tr("Baseline"), baseline_, form));
  items->addWidget(labelled(tr("Name"), name_, form));
  auto* buttons = new QWidget(form);
  auto* in_row = new QHBoxLayout(buttons);
  in_row->setContentsMargins(0, 0, 0, 0);
  auto* model = new QPushButton(tr("Add model…"), buttons);
  auto* view = new QPushButton(tr("Add view…"), buttons);
  auto* train = new QPushButton(tr("Train…"), buttons);
  train->setObjectName(QStringLiteral("train_members"));
  train->setToolTip(tr("train networks of your own on views of these images"));
  view->setObjectName(QStringLiteral("add_view"));
  in_row->addWidget(model);
  in_row->addWidget(train);
  in_row->addWidget(view);
  items->add_trailing(buttons);
  rows->addWidget(form);
  rows->addWidget(matrix_, 1);
  connect(model, &QPushButton::clicked, this,
          [this] { Q_EMIT link_followed(CommandName{QStringLiteral("import-model")}); });
  connect(train, &QPushButton::clicked, this, &RunsPage::train_members);
  connect(view, &QPushButton::clicked, this, &RunsPage::add_view);
  connect(dataset_, &QComboBox::currentIndexChanged, this, [this](int index) {
    const QSignalBlocker blocker(split_);
    split_->clear();
    const auto& datasets = choice_->catalogue().datasets;
    if (index >= 0 && index < static_cast<int>(datasets.size()))
      for (const SplitInfo& split : datasets[static_cast<std::size_t>(index)].splits)
        split_->addItem(tr("%1, %2 images").arg(text_of(split.name), with_thousands(split.samples)),
                        text_of(split.name));
    split_->updateGeometry();
    take_target();
  });
  connect(split_, &QComboBox::currentIndexChanged, this, &RunsPage::take_target);
  connect(baseline_, &QComboBox::currentIndexChanged, this, &RunsPage::refresh);
  connect(name_, &QLineEdit::textEdited, this, [this](const QString& text) {
    name_edited_ = !text.isEmpty();
    refresh();
  });
  return panel;
}

QWidget* RunsPage::make_device() {
  auto* panel = new Ground;
  panel->setFixedWidth(cost_width);
  auto* rows = new QVBoxLayout(panel);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(new TitleBar(tr("Device and cost"), {}, panel));
  auto* inner = new QWidget(panel);
  auto* items = new QVBoxLayout(inner);
  items->setContentsMargins(spacing::page_margin, spacing::page_margin, spacing::page_margin,
                            spacing::page_margin);
  items->setSpacing(6);
  device_->setObjectName(QStringLiteral("run_device"));
  precision_->setObjectName(QStringLiteral("run_precision"));
  batch_->setObjectName(QStringLiteral("run_batch"));
  device_->addItem(tr("automatic"), QStringLiteral("auto"));
  device_->addItem(tr("CPU"), QStringLiteral("cpu"));
  for (const char* precision : {"fp32", "tf32", "bf16", "fp16"})
    precision_->addItem(QString::fromLatin1(precision));
  batch_->setRange(0, 1 << 16);
  batch_->setSpecialValueText(tr("automatic"));
  batch_->setToolTip(
      tr("images a batch; automatic: on a CPU 16, or 64 of small images; on a GPU 512, or 2,048 of small images"));
  const auto row = [&](const QString& label, QWidget* control) {
    auto* line = new QHBoxLayout;
    auto* words = new SecondaryLabel(label, inner);
    words->setFixedWidth(72);
    words->setBuddy(control);
    control->setAccessibleName(label);
    line->addWidget(words);
    line->addWidget(control, 1);
    items->addLayout(line);
  };
  row(tr("Device"), device_);
  row(tr("Precision"), precision_);
  row(tr("Batch"), batch_);
  items->addSpacing(6);
  items->addWidget(cost_);
  items->addSpacing(4);
  auto* buttons = new QHBoxLayout;
  start_->setObjectName(QStringLiteral("run_start"));
  start_->setDefault(true);
  start_->setProperty("primary", true);
  copy_->setObjectName(QStringLiteral("run_copy"));
  copy_->setToolTip(tr("the same run as a command, for a terminal or a server"));
  buttons->addWidget(start_, 2);
  buttons->addWidget(copy_, 1);
  items->addLayout(buttons);
  why_not_->setFont(ui_font(TextSize::small));
  why_not_->setWordWrap(true);
  why_not_->setObjectName(QStringLiteral("run_obstacle"));
  items->addWidget(why_not_);
  items->addStretch(1);
  rows->addWidget(inner, 1);
  connect(device_, &QComboBox::currentIndexChanged, this, &RunsPage::take_target);
  connect(precision_, &QComboBox::currentIndexChanged, this, &RunsPage::take_target);
  connect(batch_, &QSpinBox::valueChanged, this, &RunsPage::refresh);
  connect(start_, &QPushButton::clicked, this, &RunsPage::start);
  connect(copy_, &QPushButton::clicked, this, [this] {
    QStringList words{QStringLiteral("plumbline-engine")};
    QGuiApplication::clipboard()->setText(shell_line(words + command()));
  });
  return panel;
}

QWidget* RunsPage::main_view() { return matrix_; }

std::vector<MenuCommand> RunsPage::commands() {
  return {
      {MenuPart::study_make, QStringLiteral("train"), tr("&Train members…"),
       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), [this] { train_members(); }},
      {MenuPart::study_run,
       {},
       tr("&New run"),
       QKeySequence(Qt::CTRL | Qt::Key_R),
       [this] { Q_EMIT link_followed(Route{.page = key()}); }},
      {MenuPart::study_run,
       {},
       tr("&Start the run that is ticked"),
       QKeySequence(Qt::CTRL | Qt::Key_Return),
       [this] { start(); }},
  };
}

void RunsPage::theme_changed() { update(); }

void RunsPage::show_notice(const QString& text) {
  // A study without a run is what this page is for.
  if (study_.isEmpty()) notice_->setText(text);
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
  if (!same) name_edited_ = false;
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
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const DatasetInfo& info : catalogue->datasets)
    for (const SplitInfo& part : info.splits)
      counts.emplace_back(info.name + "/" + part.name, part.samples);
  choice_->set_catalogue(std::move(*catalogue));
  progress_->set_sample_counts(std::move(counts));
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
  // The table is as high as its rows, as long as the run below has room.
  auto* parts = static_cast<QSplitter*>(plan_);
  const int upper =
      spacing::dock_title_height + 2 * spacing::bar_height + matrix_->sizeHint().height() + 4;
  QMetaObject::invokeMethod(
      this,
      [parts, upper] {
        parts->setSizes({std::min(upper, parts->height() * 55 / 100), parts->height()});
      },
      Qt::QueuedConnection);
  take_target();
  if (!devices_->asked()) devices_->ask();
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
  cost_->show_cost(choice_->cost(), choice_->target().samples,
                   device_kind() == QStringLiteral("cuda"));
  const QString reason = obstacle();
  start_->setEnabled(reason.isEmpty());
  copy_->setEnabled(reason.isEmpty());
  why_not_->setText(reason);
}

QString RunsPage::obstacle() const {
  if (study_.isEmpty()) return tr("No study is open.");
  if (choice_->target().samples == 0) return tr("Choose a data set with images.");
  if (choice_->chosen().empty()) return tr("Tick at least one voter.");
  const QString name = name_->text().trimmed();
  if (name.isEmpty()) return tr("Give the run a name.");
  if (std::ranges::find(choice_->catalogue().runs, name.toStdString(), &RunInfo::name) !=
      choice_->catalogue().runs.end())
    return tr("There is a run %1 already: give the new one another name.").arg(name);
  if (jobs_->engine().isEmpty()) return tr("plumbline-engine is not found beside this program.");
  return {};
}

QStringList RunsPage::command() const {
  auto voters = choice_->chosen();
  const std::string baseline = baseline_->currentText().toStdString();
  std::stable_partition(voters.begin(), voters.end(),
                        [&](const Voter& voter) { return voter.model == baseline; });
  QStringList models, views, all;
  for (const Voter& voter : voters) {
    if (!models.contains(text_of(voter.model))) models << text_of(voter.model);
    const QString view = text_of(to_string(voter.view));
    if (!views.contains(view)) views << view;
    all << text_of(to_string(voter));
  }
  QStringList words{QStringLiteral("run"),       study_,
                    QStringLiteral("--dataset"), dataset_->currentText(),
                    QStringLiteral("--split"),   split_->currentData().toString()};
  if (models.size() * views.size() == all.size())
    words << QStringLiteral("--models") << models.join(u',') << QStringLiteral("--views")
          << views.join(u',');
  else
    words << QStringLiteral("--voters") << all.join(u',');
  words << QStringLiteral("--precision") << precision_->currentText() << QStringLiteral("--device")
        << device_->currentData().toString();
  if (batch_->value() > 0) words << QStringLiteral("--batch") << QString::number(batch_->value());
  words << QStringLiteral("--name") << name_->text().trimmed() << QStringLiteral("--resume");
  return words;
}

void RunsPage::start() {
  if (const QString reason = obstacle(); !reason.isEmpty()) return Q_EMIT failed(reason);
  const auto queued = jobs_->submit("run", command());
  if (!queued) return Q_EMIT failed(text_of(to_string(queued.error())));
  name_edited_ = false;
  refresh();
}

void RunsPage::train_members() {
  const Study* study = context_.study_to_work_on();
  if (study == nullptr) return;
  auto datasets = study->datasets();
  if (!datasets) return Q_EMIT failed(text_of(to_string(datasets.error())));
  const auto models = study->models();
  if (!models) return Q_EMIT failed(text_of(to_string(models.error())));
  std::vector<std::string> taken;
  for (const ModelInfo& model : *models) taken.push_back(model.name);
  auto* dialog = new TrainDialog(text_of(study->folder().string()), std::move(*datasets),
                                 std::move(taken), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setModal(true);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    for (const QStringList& command : dialog->commands())
      if (const auto queued = jobs_->submit("train", command); !queued)
        return Q_EMIT failed(text_of(to_string(queued.error())));
    Q_EMIT link_followed(Route{.page = key()});
    Q_EMIT reload_wanted();
  });
  dialog->open();
}

void RunsPage::add_view() {
  QStringList kinds;
  for (const ViewKind* kind : views::view_pool())
    kinds << QString::fromUtf8(kind->name.data(), static_cast<qsizetype>(kind->name.size()));
  bool chosen = false;
  const QString text =
      QInputDialog::getText(this, tr("Add a view"),
                            tr("A view, as in gamma=0.8 or flip_x+gamma=0.8. There are: %1")
                                .arg(kinds.join(QStringLiteral(", "))),
                            QLineEdit::Normal, {}, &chosen);
  if (!chosen || text.trimmed().isEmpty()) return;
  const auto views = parse_views(text.toStdString());
  if (!views) return Q_EMIT failed(text_of(to_string(views.error())));
  for (const View& view : *views) choice_->add_view(view);
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

// The controls of the Runs page: what is run, and on what.
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "core/types/precision_names.h"
#include "widgets/bars/bar.h"
#include "widgets/bars/title_bar.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/jobs/job_words.h"
#include "widgets/runs/cost_panel.h"
#include "widgets/runs/runs_page.h"
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
  add_model_ = new QPushButton(tr("Add model…"), buttons);
  add_model_->setObjectName(QStringLiteral("add_model"));
  auto* view = new QPushButton(tr("Add view…"), buttons);
  train_ = new QPushButton(tr("Train…"), buttons);
  train_->setObjectName(QStringLiteral("train_members"));
  train_->setToolTip(tr("train networks of your own on views of these images"));
  view->setObjectName(QStringLiteral("add_view"));
  in_row->addWidget(add_model_);
  in_row->addWidget(train_);
  in_row->addWidget(view);
  items->add_trailing(buttons);
  rows->addWidget(form);
  rows->addWidget(matrix_, 1);
  connect(add_model_, &QPushButton::clicked, this,
          [this] { Q_EMIT link_followed(CommandName{QStringLiteral("import-model")}); });
  connect(train_, &QPushButton::clicked, this, &RunsPage::train_members);
  connect(view, &QPushButton::clicked, this, &RunsPage::add_view);
  connect(dataset_, &QComboBox::currentIndexChanged, this, [this](int index) {
    const QSignalBlocker blocker(split_);
    split_->clear();
    const auto& datasets = choice_->catalogue().datasets;
    if (index >= 0 && index < static_cast<int>(datasets.size()))
      for (const SplitInfo& split : datasets[static_cast<std::size_t>(index)].splits)
        split_->addItem(QStringLiteral("%1, %2").arg(
                            text_of(split.name), counted(split.samples, tr("image"), tr("images"))),
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
  for (const std::string_view precision : precision_names) precision_->addItem(text_of(precision));
  batch_->setRange(0, 1 << 16);
  batch_->setSpecialValueText(tr("automatic"));
  batch_->setToolTip(
      tr("images per batch; automatic: on a CPU 16, or 64 for small images; on a GPU 512, or 2,048 "
         "for small images"));
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

}  // namespace plumbline

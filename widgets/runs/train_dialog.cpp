#include "widgets/runs/train_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "core/types/architecture_names.h"
#include "core/types/precision_names.h"
#include "widgets/bars/bar.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// A view as a part of a model's name, which has no characters that voters are cut at.
QString name_part(const View& view) {
  QString part = text_of(to_string(view));
  return part.replace(QLatin1Char(':'), QLatin1Char('_'));
}

}  // namespace

TrainDialog::TrainDialog(QString study, std::vector<DatasetInfo> datasets,
                         std::vector<std::string> models, QWidget* parent)
    : QDialog(parent),
      study_(std::move(study)),
      datasets_(std::move(datasets)),
      models_(std::move(models)),
      architecture_(new QComboBox),
      dataset_(new QComboBox),
      split_(new QComboBox),
      validation_(new QComboBox),
      augment_(new QComboBox),
      precision_(new QComboBox),
      device_(new QComboBox),
      views_(new QLineEdit(QStringLiteral("identity"))),
      name_(new QLineEdit),
      epochs_(new QSpinBox),
      batch_(new QSpinBox),
      seed_(new QSpinBox),
      members_(new SecondaryLabel),
      why_not_(new SecondaryLabel),
      buttons_(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel)) {
  setObjectName(QStringLiteral("train_dialog"));
  setWindowTitle(tr("Train members"));
  setMinimumWidth(560);
  architecture_->setObjectName(QStringLiteral("train_architecture"));
  views_->setObjectName(QStringLiteral("train_views"));
  name_->setObjectName(QStringLiteral("train_name"));
  epochs_->setObjectName(QStringLiteral("train_epochs"));
  batch_->setObjectName(QStringLiteral("train_batch"));
  why_not_->setObjectName(QStringLiteral("train_obstacle"));
  for (const std::string_view name : architecture_names_list) architecture_->addItem(text_of(name));
  for (const DatasetInfo& dataset : datasets_) dataset_->addItem(text_of(dataset.name));
  augment_->addItem(tr("as fits the images"), QStringLiteral("auto"));
  augment_->addItem(tr("shifts and mirror images"), QStringLiteral("crop-flip"));
  augment_->addItem(tr("shifts"), QStringLiteral("crop"));
  augment_->addItem(tr("none"), QStringLiteral("none"));
  augment_->setToolTip(
      tr("mirror images are for colour photographs; views that mirror are not also mirrored at "
         "random"));
  for (const std::string_view precision : training_precisions)
    precision_->addItem(text_of(precision));
  device_->addItem(tr("automatic"), QStringLiteral("auto"));
  device_->addItem(tr("CPU"), QStringLiteral("cpu"));
  device_->addItem(tr("first GPU"), QStringLiteral("cuda:0"));
  epochs_->setRange(1, 10'000);
  epochs_->setValue(30);
  batch_->setRange(0, 65'536);
  batch_->setSpecialValueText(tr("the architecture's"));
  batch_->setValue(0);
  batch_->setSuffix(tr(" images"));
  seed_->setRange(0, 1'000'000'000);
  seed_->setValue(1);
  seed_->setToolTip(tr("of the first member; each further one has the next number"));
  views_->setPlaceholderText(QStringLiteral("identity, flip_x, gamma=0.8"));
  QStringList pool;
  for (const ViewKind* kind : views::view_pool()) pool << text_of(kind->name);
  views_->setToolTip(tr("one member is trained on each; joined by '+' they are one view. Views: %1")
                         .arg(pool.join(QStringLiteral(", "))));
  members_->setWordWrap(true);
  why_not_->setWordWrap(true);
  buttons_->button(QDialogButtonBox::Ok)->setText(tr("Train"));

  auto* form = new QFormLayout;
  form->addRow(tr("Architecture"), architecture_);
  form->addRow(tr("Data set"), dataset_);
  form->addRow(tr("Train on"), split_);
  form->addRow(tr("Validate on"), validation_);
  form->addRow(tr("Views"), views_);
  form->addRow(tr("Name"), name_);
  form->addRow(tr("Epochs"), epochs_);
  form->addRow(tr("Batch"), batch_);
  form->addRow(tr("Augmentation"), augment_);
  form->addRow(tr("Precision"), precision_);
  form->addRow(tr("Device"), device_);
  form->addRow(tr("Seed"), seed_);
  auto* rows = new QVBoxLayout(this);
  rows->addLayout(form);
  rows->addWidget(members_);
  rows->addWidget(why_not_);
  rows->addWidget(buttons_);
  connect(buttons_, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(dataset_, &QComboBox::currentIndexChanged, this, &TrainDialog::take_dataset);
  connect(architecture_, &QComboBox::currentIndexChanged, this, &TrainDialog::refresh);
  connect(split_, &QComboBox::currentIndexChanged, this, &TrainDialog::refresh);
  connect(validation_, &QComboBox::currentIndexChanged, this, &TrainDialog::refresh);
  connect(views_, &QLineEdit::textChanged, this, &TrainDialog::refresh);
  connect(name_, &QLineEdit::textEdited, this, [this](const QString& text) {
    name_edited_ = !text.isEmpty();
    refresh();
  });
  take_dataset();
}

void TrainDialog::take_dataset() {
  const QSignalBlocker first(split_), second(validation_);
  split_->clear();
  validation_->clear();
  validation_->addItem(tr("nothing"), QString());
  const int index = dataset_->currentIndex();
  if (index >= 0)
    for (const SplitInfo& split : datasets_[static_cast<std::size_t>(index)].splits) {
      const QString words = QStringLiteral("%1, %2").arg(
          text_of(split.name), counted(split.samples, tr("image"), tr("images")));
      split_->addItem(words, text_of(split.name));
      validation_->addItem(words, text_of(split.name));
    }
  const auto choose = [](QComboBox* combo, const QString& name) {
    if (const int place = combo->findData(name); place >= 0) combo->setCurrentIndex(place);
  };
  choose(split_, QStringLiteral("train"));
  choose(validation_, QStringLiteral("validation"));
  refresh();
}

std::vector<std::pair<QString, View>> TrainDialog::members() const {
  std::vector<std::pair<QString, View>> all;
  const auto views = parse_views(views_->text().toStdString());
  if (!views) return all;
  const QString name = name_->text().trimmed();
  for (const View& view : *views)
    all.emplace_back(views->size() == 1 ? name : name + QLatin1Char('-') + name_part(view), view);
  return all;
}

QString TrainDialog::obstacle() const {
  if (datasets_.empty()) return tr("Import a data set first: training needs labelled images.");
  if (const auto views = parse_views(views_->text().toStdString()); !views)
    return text_of(to_string(views.error()));
  if (name_->text().trimmed().isEmpty()) return tr("Give the members a name.");
  if (split_->currentData() == validation_->currentData())
    return tr(
        "Validate on images that are not trained on: hold some out when you import the data set.");
  for (const auto& [name, view] : members())
    if (std::ranges::find(models_, name.toStdString()) != models_.end())
      return tr("There is already a model %1: choose another name.").arg(name);
  return {};
}

void TrainDialog::refresh() {
  if (!name_edited_) {
    const auto views = parse_views(views_->text().toStdString());
    QString name = architecture_->currentText();
    if (views && views->size() == 1) name += QLatin1Char('-') + name_part(views->front());
    name_->setText(name);
  }
  QStringList names;
  for (const auto& [name, view] : members()) names << name;
  members_->setText(
      names.size() > 1
          ? tr("%1 members: %2").arg(names.size()).arg(names.join(QStringLiteral(", ")))
          : QString());
  const QString reason = obstacle();
  why_not_->setText(reason);
  buttons_->button(QDialogButtonBox::Ok)->setEnabled(reason.isEmpty());
}

std::vector<TrainDialog::Training> TrainDialog::trainings() const {
  std::vector<Training> all;
  if (!obstacle().isEmpty()) return all;
  int seed = seed_->value();
  for (const auto& [name, view] : members()) {
    QStringList words{QStringLiteral("train"),          study_,
                      QStringLiteral("--architecture"), architecture_->currentText(),
                      QStringLiteral("--dataset"),      dataset_->currentText(),
                      QStringLiteral("--split"),        split_->currentData().toString()};
    if (const QString held = validation_->currentData().toString(); !held.isEmpty())
      words << QStringLiteral("--validation") << held;
    words << QStringLiteral("--view") << text_of(to_string(view)) << QStringLiteral("--epochs")
          << QString::number(epochs_->value()) << QStringLiteral("--augment")
          << augment_->currentData().toString() << QStringLiteral("--precision")
          << precision_->currentText() << QStringLiteral("--device")
          << device_->currentData().toString() << QStringLiteral("--seed")
          << QString::number(seed++) << QStringLiteral("--name") << name
          << QStringLiteral("--resume");
    if (batch_->value() > 0) words << QStringLiteral("--batch") << QString::number(batch_->value());
    all.push_back({std::move(words),
                   {name.toStdString(),
                    architecture_->currentText().toStdString(),
                    dataset_->currentText().toStdString(),
                    {split_->currentData().toString().toStdString()},
                    view,
                    epochs_->value()}});
  }
  return all;
}

}  // namespace plumbline

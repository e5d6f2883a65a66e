#include "widgets/planer/train_further_dialog.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>

#include "widgets/planer/distillation_box.h"
#include "widgets/planer/planer_words.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int most_steps = 100'000'000, most_batch = 65'536;
/// So much of the loss is what the existing network expects (tests/bench/results/README.md).
constexpr double usual_weight = 0.7;

/// NAME-further, or the next that is free.
QString free_name(const std::string& network, const std::vector<std::string>& taken) {
  for (int i = 1;; ++i) {
    const std::string name = network + "-further" + (i > 1 ? std::to_string(i) : "");
    if (std::ranges::count(taken, name) == 0) return text_of(name);
  }
}

}  // namespace

TrainFurtherDialog::TrainFurtherDialog(const QString& study, PlanerSubject subject,
                                       const PlanerEntry& entry, SearchSettings settings,
                                       QString device, std::vector<std::string> taken,
                                       QWidget* parent)
    : ImportDialog(tr("Train %1 further").arg(text_of(entry.network)), study, parent),
      subject_(std::move(subject)),
      network_(entry.network),
      settings_(std::move(settings)),
      device_(std::move(device)),
      taken_(std::move(taken)),
      steps_(new QSpinBox),
      batch_(new QSpinBox),
      seed_(new QSpinBox),
      distill_(distillation_box(text_of(subject_.network), usual_weight)) {
  setObjectName(QStringLiteral("train_further"));
  steps_->setObjectName(QStringLiteral("further_steps"));
  steps_->setRange(1, most_steps);
  steps_->setGroupSeparatorShown(true);
  steps_->setValue(static_cast<int>(std::clamp<std::int64_t>(settings_.steps, 1, most_steps)));
  batch_->setRange(0, most_batch);
  batch_->setSpecialValueText(tr("the device's"));
  batch_->setValue(static_cast<int>(std::clamp<std::int64_t>(settings_.batch, 0, most_batch)));
  seed_->setRange(0, 1'000'000'000);
  seed_->setValue(1);
  form_->addRow(tr("Steps"), steps_);
  form_->addRow(tr("Learn from %1").arg(text_of(subject_.network)), distill_);
  form_->addRow(tr("Batch"), batch_);
  form_->addRow(tr("Seed"), seed_);
  name_->setText(free_name(network_, taken_));
  findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->setText(tr("Train"));
  refresh();
}

QString TrainFurtherDialog::obstacle() const {
  const QString name = name_->text().trimmed();
  if (name.isEmpty()) return tr("Give the network a name.");
  if (std::ranges::count(taken_, name.toStdString()) > 0)
    return tr("There is already a network %1.").arg(name);
  return {};
}

QStringList TrainFurtherDialog::command() const {
  SearchSettings settings = settings_;
  settings.steps = steps_->value();
  settings.batch = batch_->value();
  settings.seed = static_cast<std::uint64_t>(seed_->value());
  settings.distillation = distill_->value();
  return train_further_command(study_, subject_, network_, name_->text().trimmed(), settings,
                               device_);
}

JobSubject TrainFurtherDialog::subject() const {
  return NetworkWork{.task = "train",
                     .networks = {name_->text().trimmed().toStdString()},
                     .from = network_,
                     .config = {},
                     .steps = steps_->value(),
                     .batches = {},
                     .lengths = {}};
}

}  // namespace plumbline

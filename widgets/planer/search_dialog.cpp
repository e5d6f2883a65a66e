#include "widgets/planer/search_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

#include "core/types/precision_names.h"
#include "widgets/bars/bar.h"
#include "widgets/planer/distillation_box.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int most_search_steps = 100'000'000, most_search_batch = 65'536, most_random = 64;

QSpinBox* count(const char* name, int least, int most, std::int64_t value, const QString& special) {
  auto* box = new QSpinBox;
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(least, most);
  box->setGroupSeparatorShown(true);
  if (!special.isEmpty()) box->setSpecialValueText(special);
  box->setValue(static_cast<int>(std::clamp<std::int64_t>(value, least, most)));
  return box;
}

}  // namespace

SearchDialog::SearchDialog(SearchSettings settings, std::vector<std::string> taken, QWidget* parent)
    : QDialog(parent),
      before_(std::move(settings)),
      taken_(std::move(taken)),
      name_(new QLineEdit(text_of(before_.name))),
      text_(new QLineEdit(before_.text)),
      tokens_(new QComboBox),
      precision_(new QComboBox),
      steps_(count("search_steps", 1, most_search_steps, before_.steps, {})),
      warm_up_(count("search_warm_up", 0, most_search_steps, before_.warm_up_steps,
                     tr("as many as for retraining"))),
      search_(count("search_search_steps", 0, most_search_steps, before_.search_steps,
                    tr("as many as for retraining"))),
      batch_(count("search_batch", 0, most_search_batch, before_.batch, tr("the device's"))),
      seed_(count("search_seed", 0, 1'000'000'000, static_cast<std::int64_t>(before_.seed), {})),
      random_(count("search_random", 0, most_random, before_.random, tr("none"))),
      distill_(distillation_box(tr("the existing network"), before_.distillation)),
      why_not_(new SecondaryLabel),
      buttons_(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel)) {
  setObjectName(QStringLiteral("search_dialog"));
  setWindowTitle(tr("Settings of searches"));
  setMinimumWidth(520);
  name_->setObjectName(QStringLiteral("search_name"));
  text_->setObjectName(QStringLiteral("search_text"));
  for (const char* kind : {"bytes", "words", "uint16"}) tokens_->addItem(QString::fromLatin1(kind));
  tokens_->setCurrentText(text_of(before_.tokens));
  for (const std::string_view kind : training_precisions) precision_->addItem(text_of(kind));
  precision_->setCurrentText(text_of(before_.train_precision));
  precision_->setToolTip(tr("of training; weights stay fp32"));
  random_->setToolTip(tr(
      "this many random architectures of equal latency, or energy, are retrained in the same way"));
  auto* file = new QWidget;
  auto* row = new QHBoxLayout(file);
  row->setContentsMargins(0, 0, 0, 0);
  auto* choose = new QPushButton(tr("Choose…"));
  row->addWidget(text_, 1);
  row->addWidget(choose);
  connect(choose, &QPushButton::clicked, this, [this] {
    const QString chosen = QFileDialog::getOpenFileName(this, tr("A text"), text_->text());
    if (!chosen.isEmpty()) text_->setText(chosen);
  });
  auto* form = new QFormLayout;
  form->addRow(tr("Name"), name_);
  form->addRow(tr("Text"), file);
  form->addRow(tr("Tokens"), tokens_);
  form->addRow(tr("Steps of retraining"), steps_);
  form->addRow(tr("Learn from the existing"), distill_);
  form->addRow(tr("Steps of warm-up"), warm_up_);
  form->addRow(tr("Steps of search"), search_);
  form->addRow(tr("Training batch"), batch_);
  form->addRow(tr("Training precision"), precision_);
  form->addRow(tr("Seed"), seed_);
  form->addRow(tr("Random architectures"), random_);
  why_not_->setWordWrap(true);
  auto* rows = new QVBoxLayout(this);
  rows->addLayout(form);
  rows->addWidget(why_not_);
  rows->addWidget(buttons_);
  connect(name_, &QLineEdit::textChanged, this, &SearchDialog::refresh);
  connect(text_, &QLineEdit::textChanged, this, &SearchDialog::refresh);
  connect(buttons_, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &QDialog::reject);
  refresh();
}

SearchSettings SearchDialog::settings() const {
  SearchSettings now = before_;
  now.name = name_->text().trimmed().toStdString();
  now.text = text_->text().trimmed();
  now.tokens = tokens_->currentText().toStdString();
  now.steps = steps_->value();
  now.warm_up_steps = warm_up_->value();
  now.search_steps = search_->value();
  now.batch = batch_->value();
  now.seed = static_cast<std::uint64_t>(seed_->value());
  now.random = random_->value();
  now.distillation = distill_->value();
  now.train_precision = precision_->currentText().toStdString();
  return now;
}

QString SearchDialog::obstacle() const {
  const std::string name = name_->text().trimmed().toStdString();
  if (name.empty()) return tr("Give the search a name.");
  if (name != before_.name && std::ranges::count(taken_, name) > 0)
    return tr("There is already a search %1.").arg(name_->text().trimmed());
  if (text_->text().trimmed().isEmpty()) return tr("Choose a text to search on.");
  return {};
}

void SearchDialog::refresh() {
  why_not_->setText(obstacle());
  buttons_->button(QDialogButtonBox::Ok)->setEnabled(obstacle().isEmpty());
}

}  // namespace plumbline

#include "widgets/planer/network_dialogs.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/planer/backbone_config.h"
#include "core/planer/key_map.h"
#include "core/types/precision_names.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int most_trained_steps = 100'000'000, most_profiled_batch = 65'536;

QComboBox* choice(const char* name, const auto& values) {
  auto* combo = new QComboBox;
  combo->setObjectName(QString::fromLatin1(name));
  for (const std::string_view value : values) combo->addItem(text_of(value));
  return combo;
}

constexpr std::array<std::string_view, 3> token_words{"bytes", "words", "uint16"};

QString text_filter() { return ImportDialog::tr("Texts (*.txt *.xz *.gz *.bin);;All files (*)"); }

/// A built-in configuration, or the file of one's own.
QComboBox* config_choice() {
  auto* combo = choice("network_config", backbone_config_names());
  combo->setEditable(true);
  combo->setInsertPolicy(QComboBox::NoInsert);
  combo->setToolTip(ImportDialog::tr("a built-in configuration, or your own JSON file"));
  return combo;
}

QString name_obstacle(const QString& name, const std::vector<std::string>& taken) {
  if (name.trimmed().isEmpty()) return ImportDialog::tr("Give the network a name.");
  if (std::ranges::count(taken, name.trimmed().toStdString()) > 0)
    return ImportDialog::tr("There is already a network %1.").arg(name.trimmed());
  return {};
}

QString config_obstacle(const QComboBox* combo) {
  const auto config = load_backbone_config(combo->currentText().trimmed().toStdString());
  return config ? QString() : text_of(to_string(config.error()));
}

QString file_obstacle(const QLineEdit* line, const QString& what) {
  const QFileInfo file(line->text().trimmed());
  return file.isFile() ? QString() : ImportDialog::tr("Choose %1.").arg(what);
}

}  // namespace

ImportNetworkDialog::ImportNetworkDialog(const QString& study, std::vector<std::string> taken,
                                         QWidget* parent)
    : ImportDialog(tr("Import a language model"), study, parent),
      taken_(std::move(taken)),
      config_(config_choice()),
      map_(choice("network_map", key_map_names())),
      tokens_(choice("network_tokens", token_words)) {
  setObjectName(QStringLiteral("import_network"));
  file_ = add_path(tr("Weights"), false, tr("Safetensors (*.safetensors)"));
  form_->addRow(tr("Configuration"), config_);
  form_->addRow(tr("Names of tensors"), map_);
  text_ = add_path(tr("Text"), false, text_filter());
  text_->setPlaceholderText(tr("to evaluate it on; may stay empty"));
  form_->addRow(tr("Tokens"), tokens_);
  words_ = add_path(tr("Words"), false, tr("Lists of words (*.txt *.words);;All files (*)"));
  words_->setObjectName(QStringLiteral("network_words"));
  words_->setPlaceholderText(tr("one per line, in the order of the network's training"));
  const auto of_tokens = [this] {
    words_->parentWidget()->setEnabled(is_of_words());
    refresh();
  };
  connect(tokens_, &QComboBox::currentTextChanged, this, of_tokens);
  of_tokens();
  connect(config_, &QComboBox::currentTextChanged, this, &ImportNetworkDialog::refresh);
  connect(file_, &QLineEdit::textChanged, this, [this](const QString& path) {
    const QString name = QFileInfo(path).completeBaseName();
    if (name_->text().isEmpty() && !name.isEmpty()) name_->setText(name);
  });
  refresh();
}

QString ImportNetworkDialog::obstacle() const {
  if (QString reason = name_obstacle(name_->text(), taken_); !reason.isEmpty()) return reason;
  if (QString reason = file_obstacle(file_, tr("a file of weights")); !reason.isEmpty())
    return reason;
  if (!text_->text().trimmed().isEmpty())
    if (QString reason = file_obstacle(text_, tr("a text that exists")); !reason.isEmpty())
      return reason;
  // A text would number them otherwise.
  if (is_of_words())
    if (QString reason = file_obstacle(words_, tr("the list of the network's words"));
        !reason.isEmpty())
      return reason;
  return config_obstacle(config_);
}

bool ImportNetworkDialog::is_of_words() const {
  return tokens_->currentText() == QStringLiteral("words");
}

QStringList ImportNetworkDialog::command() const {
  QStringList words{
      QStringLiteral("planer"), QStringLiteral("import"),   study_,
      QStringLiteral("--name"), name_->text().trimmed(),    QStringLiteral("--file"),
      file_->text().trimmed(),  QStringLiteral("--config"), config_->currentText().trimmed(),
      QStringLiteral("--map"),  map_->currentText()};
  const QString text = text_->text().trimmed();
  if (!text.isEmpty()) words << QStringLiteral("--text") << text;
  if (!text.isEmpty() || is_of_words())
    words << QStringLiteral("--tokens") << tokens_->currentText();
  if (is_of_words()) words << QStringLiteral("--words") << words_->text().trimmed();
  return words;
}

JobSubject ImportNetworkDialog::subject() const {
  return NetworkWork{.task = "import",
                     .networks = {name_->text().trimmed().toStdString()},
                     .from = {},
                     .config = config_->currentText().trimmed().toStdString(),
                     .steps = 0,
                     .batches = {},
                     .lengths = {}};
}

TrainNetworkDialog::TrainNetworkDialog(const QString& study, std::vector<std::string> taken,
                                       QWidget* parent)
    : ImportDialog(tr("Train a language model"), study, parent),
      taken_(std::move(taken)),
      config_(config_choice()),
      tokens_(choice("network_tokens", token_words)),
      precision_(choice("network_precision", training_precisions)),
      steps_(new QSpinBox),
      batch_(new QSpinBox),
      seed_(new QSpinBox) {
  setObjectName(QStringLiteral("train_network"));
  text_ = add_path(tr("Text"), false, text_filter());
  text_->setObjectName(QStringLiteral("network_text"));
  form_->addRow(tr("Tokens"), tokens_);
  form_->addRow(tr("Configuration"), config_);
  steps_->setRange(1, most_trained_steps);
  steps_->setValue(2000);
  steps_->setGroupSeparatorShown(true);
  batch_->setRange(0, most_profiled_batch);
  batch_->setSpecialValueText(tr("the device's"));
  seed_->setRange(0, 1'000'000'000);
  seed_->setValue(1);
  form_->addRow(tr("Steps"), steps_);
  form_->addRow(tr("Batch"), batch_);
  form_->addRow(tr("Precision"), precision_);
  form_->addRow(tr("Seed"), seed_);
  name_->setText(QStringLiteral("base"));
  findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->setText(tr("Train"));
  connect(config_, &QComboBox::currentTextChanged, this, &TrainNetworkDialog::refresh);
  refresh();
}

QString TrainNetworkDialog::obstacle() const {
  if (QString reason = name_obstacle(name_->text(), taken_); !reason.isEmpty()) return reason;
  if (QString reason = file_obstacle(text_, tr("a text to train on")); !reason.isEmpty())
    return reason;
  return config_obstacle(config_);
}

QStringList TrainNetworkDialog::command() const {
  QStringList words{
      QStringLiteral("planer"),         QStringLiteral("train"),  study_,
      QStringLiteral("--name"),         name_->text().trimmed(),  QStringLiteral("--config"),
      config_->currentText().trimmed(), QStringLiteral("--text"), text_->text().trimmed(),
      QStringLiteral("--tokens"),       tokens_->currentText(),   QStringLiteral("--steps"),
      QString::number(steps_->value())};
  if (batch_->value() > 0) words << QStringLiteral("--batch") << QString::number(batch_->value());
  words << QStringLiteral("--precision") << precision_->currentText() << QStringLiteral("--seed")
        << QString::number(seed_->value());
  return words;
}

JobSubject TrainNetworkDialog::subject() const {
  return NetworkWork{.task = "train",
                     .networks = {name_->text().trimmed().toStdString()},
                     .from = {},
                     .config = config_->currentText().trimmed().toStdString(),
                     .steps = steps_->value(),
                     .batches = {},
                     .lengths = {}};
}

}  // namespace plumbline

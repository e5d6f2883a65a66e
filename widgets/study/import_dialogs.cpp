#include "widgets/study/import_dialogs.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "core/data/atomic_file.h"
#include "core/study/model_card.h"
#include "widgets/bars/bar.h"
#include "widgets/style/fonts.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr qint64 longest_card = qint64{16} << 20;

/// A file's name without what ends it: "resnet20" of resnet20.safetensors; of a folder its name.
QString stem(const QString& path) {
  // A slash at the end names the same folder.
  const QString name = QFileInfo(QDir::cleanPath(path)).fileName();
  if (QFileInfo(path).isDir()) return name;
  const auto dot = name.indexOf(u'.');
  return dot > 0 ? name.left(dot) : name;
}

/// The word behind an option of a command; empty where it lacks the option.
QString value_of(const QStringList& words, const char* option) {
  const auto place = words.indexOf(QString::fromLatin1(option));
  return place < 0 ? QString() : words.value(place + 1);
}

QString card_template(const QString& name, const QString& file) {
  const bool network = file.endsWith(QStringLiteral(".safetensors"));
  return QStringLiteral(R"({
  "schema": 1,
  "name": "%1",
  "task": "classification",%2
  "input": { "channels": 3, "height": 32, "width": 32, "colour_order": "RGB",
             "resize": { "kind": "stretch", "interpolation": "bilinear" },
             "scale": 0.00392156862745098,
             "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] },
  "output": { "kind": "logits" },
  "classes": ["first", "second"]
}
)")
      .arg(name, network ? QStringLiteral("\n  \"architecture\": \"resnet20\",") : QString());
}

}  // namespace

QString likely_format(const QString& path) {
  const QFileInfo info(path);
  if (info.isDir()) return QStringLiteral("image-folder");
  return info.suffix() == QStringLiteral("bin") ? QStringLiteral("cifar10") : QStringLiteral("idx");
}

ImportDialog::ImportDialog(const QString& title, QString study, QWidget* parent)
    : QDialog(parent),
      study_(std::move(study)),
      form_(new QFormLayout),
      name_(new QLineEdit),
      why_not_(new SecondaryLabel),
      buttons_(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel)) {
  setWindowTitle(title);
  setMinimumWidth(560);
  name_->setObjectName(QStringLiteral("import_name"));
  why_not_->setObjectName(QStringLiteral("import_obstacle"));
  why_not_->setWordWrap(true);
  buttons_->button(QDialogButtonBox::Ok)->setText(tr("Import"));
  auto* rows = new QVBoxLayout(this);
  rows->addLayout(form_);
  rows->addWidget(why_not_);
  rows->addWidget(buttons_);
  form_->addRow(tr("Name"), name_);
  connect(buttons_, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(name_, &QLineEdit::textChanged, this, &ImportDialog::refresh);
}

QLineEdit* ImportDialog::add_path(const QString& label, bool folder, const QString& filter) {
  auto* line = new QWidget(this);
  auto* path = new QLineEdit(line);
  auto* ask = new QPushButton(tr("Choose…"), line);
  auto* items = new QHBoxLayout(line);
  items->setContentsMargins(0, 0, 0, 0);
  items->addWidget(path, 1);
  items->addWidget(ask);
  form_->addRow(label, line);
  connect(path, &QLineEdit::textChanged, this, &ImportDialog::refresh);
  connect(ask, &QPushButton::clicked, this, [this, path, folder, filter, label] {
    const QString chosen = folder ? QFileDialog::getExistingDirectory(this, label, path->text())
                                  : QFileDialog::getOpenFileName(this, label, path->text(), filter);
    if (!chosen.isEmpty()) path->setText(chosen);
  });
  return path;
}

void ImportDialog::suggest_name(const QString& name) {
  const bool follows = name_->text().isEmpty() || name_->text() == suggested_;
  suggested_ = name;
  if (follows) name_->setText(name);
}

void ImportDialog::refresh() {
  const QString reason = obstacle();
  why_not_->setText(reason);
  buttons_->button(QDialogButtonBox::Ok)->setEnabled(reason.isEmpty());
}

// --- data sets

ImportDatasetDialog::ImportDatasetDialog(const QString& study, const QString& path, QWidget* parent)
    : ImportDialog(tr("Import a data set"), study, parent),
      format_(new QComboBox),
      split_(new QLineEdit(QStringLiteral("test"))),
      further_(new QLineEdit),
      share_(new QDoubleSpinBox) {
  setObjectName(QStringLiteral("import_dataset"));
  format_->addItem(tr("image folder: one sub-folder per class"), QStringLiteral("image-folder"));
  format_->addItem(tr("IDX files, as MNIST has them"), QStringLiteral("idx"));
  format_->addItem(tr("CIFAR-10 .bin files"), QStringLiteral("cifar10"));
  form_->addRow(tr("Format"), format_);
  images_ = add_path(tr("Images"), QFileInfo(path).isDir() || path.isEmpty(), {});
  images_->setObjectName(QStringLiteral("import_images"));
  labels_ = add_path(tr("Labels"), false, tr("IDX files (*ubyte *.gz *.idx);;All files (*)"));
  labels_->setObjectName(QStringLiteral("import_labels"));
  form_->addRow(tr("Split"), split_);
  share_->setRange(0, 0.95);
  share_->setSingleStep(0.1);
  share_->setSpecialValueText(tr("nothing"));
  share_->setToolTip(tr("The share of the images that is held out as a separate split"));
  form_->addRow(tr("Hold out"), share_);
  further_->setText(QStringLiteral("validation"));
  form_->addRow(tr("As split"), further_);
  const auto of_format = [this] {
    const bool idx = format_->currentData().toString() == QStringLiteral("idx");
    labels_->parentWidget()->setEnabled(idx);
    refresh();
  };
  connect(format_, &QComboBox::currentIndexChanged, this, of_format);
  connect(images_, &QLineEdit::textChanged, this, [this](const QString& text) {
    if (!QFileInfo::exists(text)) return;
    format_->setCurrentIndex(format_->findData(likely_format(text)));
    suggest_name(stem(text));
    // MNIST's habit: images-idx3 beside labels-idx1.
    QString labels = text;
    labels.replace(QStringLiteral("images-idx3"), QStringLiteral("labels-idx1"));
    if (labels != text && QFileInfo::exists(labels) && labels_->text().isEmpty())
      labels_->setText(labels);
  });
  connect(split_, &QLineEdit::textChanged, this, &ImportDatasetDialog::refresh);
  connect(share_, &QDoubleSpinBox::valueChanged, this, &ImportDatasetDialog::refresh);
  images_->setText(path);
  of_format();
}

QString ImportDatasetDialog::obstacle() const {
  if (images_ == nullptr || labels_ == nullptr) return {};
  if (images_->text().isEmpty()) return tr("Choose where the images are.");
  const QFileInfo images(images_->text());
  if (!images.exists()) return tr("There is no %1.").arg(images.filePath());
  const QString format = format_->currentData().toString();
  if (format == QStringLiteral("image-folder") && !images.isDir())
    return tr("An image folder is a folder with one sub-folder per class.");
  if (format != QStringLiteral("image-folder") && images.isDir())
    return tr("This format is a file, not a folder.");
  if (format == QStringLiteral("idx") && !QFileInfo(labels_->text()).isFile())
    return tr("Choose the IDX file of the labels.");
  if (name_->text().trimmed().isEmpty()) return tr("Give the data set a name.");
  if (split_->text().trimmed().isEmpty()) return tr("Give the split a name.");
  return {};
}

QStringList ImportDatasetDialog::command() const {
  QStringList words{
      QStringLiteral("import"),          QStringLiteral("dataset"),  study_,
      QStringLiteral("--name"),          name_->text().trimmed(),    QStringLiteral("--format"),
      format_->currentData().toString(), QStringLiteral("--images"), images_->text(),
      QStringLiteral("--split"),         split_->text().trimmed()};
  if (format_->currentData().toString() == QStringLiteral("idx"))
    words << QStringLiteral("--labels") << labels_->text();
  if (share_->value() > 0)
    words << QStringLiteral("--divide")
          << QStringLiteral("%1=%2").arg(further_->text().trimmed()).arg(share_->value());
  return words;
}

void ImportDatasetDialog::take_command(const QStringList& words) {
  images_->setText(value_of(words, "--images"));
  labels_->setText(value_of(words, "--labels"));
  format_->setCurrentIndex(std::max(0, format_->findData(value_of(words, "--format"))));
  split_->setText(value_of(words, "--split"));
  const QString divided = value_of(words, "--divide");
  if (const auto mark = divided.indexOf(u'='); mark > 0) {
    further_->setText(divided.left(mark));
    share_->setValue(divided.mid(mark + 1).toDouble());
  }
  name_->setText(value_of(words, "--name"));
}

JobSubject ImportDatasetDialog::subject() const {
  return ImportWork{ImportWork::What::dataset, name_->text().trimmed().toStdString(),
                    images_->text().toStdString()};
}

// --- models

ImportModelDialog::ImportModelDialog(const QString& study, const QString& path, QWidget* parent)
    : ImportDialog(tr("Import a model"), study, parent),
      card_(new QPlainTextEdit),
      trust_(new QCheckBox(tr("I trust whoever made this package: it is native code"))) {
  setObjectName(QStringLiteral("import_model"));
  file_ = add_path(tr("File"), false, tr("Models (*.pt *.pt2 *.safetensors);;All files (*)"));
  file_->setObjectName(QStringLiteral("import_file"));
  card_->setObjectName(QStringLiteral("import_card"));
  card_->setFont(QFont(QStringLiteral("monospace"), 9));
  card_->setMinimumHeight(260);
  card_->setTabChangesFocus(true);
  form_->addRow(tr("Card"), card_);
  trust_->setObjectName(QStringLiteral("import_trust"));
  trust_->setToolTip(
      tr("A package could do whatever the engine can. It is confined, and your trust holds for "
         "this file, unchanged, on this machine."));
  form_->addRow(QString(), trust_);
  form_->setRowVisible(trust_, false);
  connect(file_, &QLineEdit::textChanged, this, &ImportModelDialog::read_card);
  connect(trust_, &QCheckBox::toggled, this, &ImportModelDialog::refresh);
  connect(card_, &QPlainTextEdit::textChanged, this, &ImportModelDialog::refresh);
  file_->setText(path);
  refresh();
}

bool ImportModelDialog::is_package() const {
  return file_->text().endsWith(QStringLiteral(".pt2"), Qt::CaseInsensitive);
}

void ImportModelDialog::read_card() {
  form_->setRowVisible(trust_, is_package());
  trust_->setChecked(false);
  const QFileInfo model(file_->text());
  if (!model.isFile()) return;
  suggest_name(stem(file_->text()));
  QFile card(text_of(card_beside(file_->text().toStdString()).string()));
  if (card.open(QIODevice::ReadOnly) && card.size() <= longest_card) {
    read_card_ = QString::fromUtf8(card.readAll());
    card_->setPlainText(read_card_);
  } else {
    read_card_.clear();
    card_->setPlainText(card_template(name_->text(), file_->text()));
  }
}

QString ImportModelDialog::obstacle() const {
  if (file_ == nullptr) return {};
  if (!QFileInfo(file_->text()).isFile())
    return tr("Choose a model file (.pt, .pt2, .safetensors).");
  if (is_package() && !trust_->isChecked())
    return tr("A .pt2 package is native code: it is run only where you trust whoever made it.");
  if (name_->text().trimmed().isEmpty()) return tr("Give the model a name.");
  const auto card = parse_model_card(card_->toPlainText().toStdString(), "card");
  if (!card) return text_of(to_string(card.error()));
  return {};
}

QString ImportModelDialog::edited_card_file() const {
  return study_ + QStringLiteral("/cache/") + stem(file_->text()) + QStringLiteral(".card.json");
}

Result<void> ImportModelDialog::keep_card() {
  if (card_->toPlainText() == read_card_) return {};
  return write_file_atomically(edited_card_file().toStdString(),
                               std::string_view(card_->toPlainText().toStdString()));
}

QStringList ImportModelDialog::command() const {
  QStringList words{
      QStringLiteral("import"), QStringLiteral("model"),  study_,       QStringLiteral("--name"),
      name_->text().trimmed(),  QStringLiteral("--file"), file_->text()};
  if (card_->toPlainText() != read_card_) words << QStringLiteral("--card") << edited_card_file();
  if (is_package() && trust_->isChecked()) words << QStringLiteral("--trust");
  return words;
}

void ImportModelDialog::take_command(const QStringList& words) {
  file_->setText(value_of(words, "--file"));
  // A card that was edited lies where it was kept then.
  QFile card(value_of(words, "--card"));
  if (card.open(QIODevice::ReadOnly) && card.size() <= longest_card)
    card_->setPlainText(QString::fromUtf8(card.readAll()));
  name_->setText(value_of(words, "--name"));
}

JobSubject ImportModelDialog::subject() const {
  return ImportWork{ImportWork::What::model, name_->text().trimmed().toStdString(),
                    file_->text().toStdString()};
}

// --- predictions

ImportPredictionsDialog::ImportPredictionsDialog(const QString& study,
                                                 const std::vector<DatasetInfo>& datasets,
                                                 const QString& path, QWidget* parent)
    : ImportDialog(tr("Import predictions"), study, parent),
      target_(new QComboBox),
      kind_(new QComboBox) {
  setObjectName(QStringLiteral("import_predictions"));
  file_ = add_path(tr("File"), false, tr("NumPy arrays (*.npy)"));
  for (const DatasetInfo& dataset : datasets)
    for (const SplitInfo& split : dataset.splits)
      target_->addItem(QStringLiteral("%1 %2, %3")
                           .arg(text_of(dataset.name), text_of(split.name),
                                counted(split.samples, tr("image"), tr("images"))),
                       QStringList{text_of(dataset.name), text_of(split.name)});
  for (const char* kind : {"auto", "probabilities", "log-probabilities", "logits"})
    kind_->addItem(QString::fromLatin1(kind));
  form_->addRow(tr("Of"), target_);
  form_->addRow(tr("Values are"), kind_);
  connect(file_, &QLineEdit::textChanged, this, [this](const QString& text) {
    if (QFileInfo(text).isFile()) suggest_name(stem(text));
  });
  file_->setText(path);
  refresh();
}

QString ImportPredictionsDialog::obstacle() const {
  if (file_ == nullptr) return {};
  if (target_->count() == 0) return tr("Import the data set first.");
  if (!QFileInfo(file_->text()).isFile())
    return tr("Choose an .npy file of samples × classes, in the data set's order.");
  if (name_->text().trimmed().isEmpty()) return tr("Give the voter a name.");
  return {};
}

QStringList ImportPredictionsDialog::command() const {
  const QStringList target = target_->currentData().toStringList();
  return {QStringLiteral("import"),
          QStringLiteral("predictions"),
          study_,
          QStringLiteral("--name"),
          name_->text().trimmed(),
          QStringLiteral("--dataset"),
          target.value(0),
          QStringLiteral("--split"),
          target.value(1),
          QStringLiteral("--file"),
          file_->text(),
          QStringLiteral("--kind"),
          kind_->currentText()};
}

void ImportPredictionsDialog::take_command(const QStringList& words) {
  file_->setText(value_of(words, "--file"));
  target_->setCurrentIndex(std::max(
      0, target_->findData(QStringList{value_of(words, "--dataset"), value_of(words, "--split")})));
  kind_->setCurrentIndex(std::max(0, kind_->findText(value_of(words, "--kind"))));
  name_->setText(value_of(words, "--name"));
}

JobSubject ImportPredictionsDialog::subject() const {
  return ImportWork{ImportWork::What::predictions, name_->text().trimmed().toStdString(),
                    file_->text().toStdString()};
}

}  // namespace plumbline

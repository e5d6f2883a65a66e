#include "widgets/planer/planer_bar.h"

#include <QComboBox>
#include <QFileDialog>
#include <QIntValidator>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>

#include <algorithm>
#include <set>

#include "core/types/precision_names.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/jobs/device_list.h"
#include "widgets/planer/planer_words.h"
#include "widgets/style/spacing.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int most_tokens = 1 << 20;
const QString choose_file = QStringLiteral("\n");  // no file has this name

void fill(QComboBox* combo, const std::vector<std::pair<QString, QString>>& items,
          const QString& current) {
  const QSignalBlocker blocker(combo);
  combo->clear();
  for (const auto& [words, value] : items) combo->addItem(words, value);
  combo->setCurrentIndex(std::max(0, combo->findData(current)));
  combo->updateGeometry();
}

}  // namespace

PlanerBar::PlanerBar(PlanerReview* review, DeviceList* devices, QWidget* parent)
    : Bar(parent),
      review_(review),
      devices_(devices),
      network_(new QComboBox),
      text_(new QComboBox),
      batch_(new QComboBox),
      length_(new QComboBox),
      memory_(new QComboBox),
      precision_(new QComboBox),
      device_(new QComboBox),
      measure_(new QPushButton(tr("Measure again"))) {
  auto* items = new WrapLayout(this, spacing::bar_height, 7, spacing::page_margin);
  const auto add = [&](const QString& label, QComboBox* combo, const char* name,
                       const QString& hint) {
    combo->setObjectName(QString::fromLatin1(name));
    combo->setToolTip(hint);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    combo->setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
    items->addWidget(labelled(label, combo, this));
    connect(combo, &QComboBox::activated, this, &PlanerBar::take_choice);
  };
  add(tr("Network"), network_, "planer_network",
      tr("the existing network that a search begins with"));
  add(tr("Text"), text_, "planer_text", tr("what searches and retraining read"));
  add(tr("Batch"), batch_, "planer_batch", tr("segments per step of the measured latency"));
  add(tr("Length"), length_, "planer_length", tr("tokens of a segment"));
  add(tr("Memory"), memory_, "planer_memory", tr("tokens of cached keys and values before it"));
  add(tr("Precision"), precision_, "planer_precision", tr("how the measured step computes"));
  add(tr("Device"), device_, "planer_device", tr("where latencies were measured, or would be"));
  for (QComboBox* combo : {batch_, length_, memory_}) {
    combo->setEditable(true);
    combo->setInsertPolicy(QComboBox::NoInsert);
    combo->setValidator(new QIntValidator(combo == memory_ ? 0 : 1, most_tokens, combo));
    combo->setFixedWidth(combo == batch_ ? 48 : 60);
    connect(combo->lineEdit(), &QLineEdit::editingFinished, this, &PlanerBar::take_choice);
  }
  // "Choose a file…" is longer than most names, and seldom chosen.
  text_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  text_->setMinimumContentsLength(4);
  measure_->setObjectName(QStringLiteral("planer_measure"));
  measure_->setToolTip(tr("measure every option on this device"));
  connect(measure_, &QPushButton::clicked, this, &PlanerBar::measure);
  items->add_trailing(measure_);
  connect(review_, &PlanerReview::subject_changed, this, &PlanerBar::show_subject);
  connect(devices_, &DeviceList::changed, this, &PlanerBar::show_subject);
  show_subject();
}

void PlanerBar::show_subject() {
  filling_ = true;
  const PlanerCatalogue& all = review_->catalogue();
  const PlanerSubject& subject = review_->subject();
  const SearchCurve* curve = review_->curve();
  std::vector<std::pair<QString, QString>> items;
  for (const NetworkInfo* network : all.existing())
    items.emplace_back(text_of(network->name), text_of(network->name));
  if (items.empty()) items.emplace_back(tr("none yet"), QString());
  fill(network_, items, text_of(subject.network));

  items.clear();
  QString current;
  const auto add_text = [&](const TextReference& text) {
    const QString file = text_of(text.file);
    const bool there =
        std::ranges::any_of(items, [&](const auto& item) { return item.second == file; });
    if (!there) items.emplace_back(text_title(text), file);
    current = file;
  };
  for (const NetworkInfo& network : all.networks)
    if (network.text) add_text(*network.text);
  for (const SearchInfo& search : all.searches) add_text(search.text);
  if (const NetworkInfo* network = all.network(subject.network); network && network->text)
    current = text_of(network->text->file);
  if (const SearchInfo* search = all.search(subject.search)) current = text_of(search->text.file);
  items.emplace_back(tr("Choose a file…"), choose_file);
  fill(text_, items, current);

  std::set<std::int64_t> batches{subject.key.batch}, lengths{subject.key.length},
      memories{subject.key.memory};
  std::vector<std::pair<QString, QString>> devices;
  const auto add_device = [&](const QString& words, const QString& name) {
    if (name.isEmpty()) return;
    for (auto& item : devices)
      if (item.second == name) {
        if (words != name) item.first = words;  // with its place in this machine
        return;
      }
    devices.emplace_back(words, name);
  };
  for (const LatencyTable& table : all.tables) {
    if (curve == nullptr || !same_costs(table.config, curve->config)) continue;
    batches.insert(table.key.batch);
    lengths.insert(table.key.length);
    memories.insert(table.key.memory);
    add_device(text_of(table.key.device), text_of(table.key.device));
  }
  for (const DeviceList::Device& device : devices_->devices())
    add_device(device.key == QStringLiteral("cpu")
                   ? device.name
                   : QStringLiteral("%1 %2").arg(device.key, device.name),
               device.name);
  add_device(text_of(subject.key.device), text_of(subject.key.device));
  if (devices.empty()) devices.emplace_back(tr("this machine"), QString());
  const auto numbers = [](QComboBox* combo, const std::set<std::int64_t>& values,
                          std::int64_t now) {
    std::vector<std::pair<QString, QString>> rows;
    for (const std::int64_t value : values)
      rows.emplace_back(QString::number(value), QString::number(value));
    fill(combo, rows, QString::number(now));
  };
  numbers(batch_, batches, subject.key.batch);
  numbers(length_, lengths, subject.key.length);
  numbers(memory_, memories, subject.key.memory);
  items.clear();
  for (const std::string_view precision : precision_names)
    items.emplace_back(text_of(precision), text_of(precision));
  fill(precision_, items, text_of(subject.key.precision));
  fill(device_, devices, text_of(subject.key.device));
  const bool usable = curve != nullptr;
  for (QWidget* control : std::initializer_list<QWidget*>{network_, text_, batch_, length_, memory_,
                                                          precision_, device_, measure_})
    control->setEnabled(usable);
  measure_->setText(curve != nullptr && curve->table ? tr("Measure again") : tr("Measure"));
  filling_ = false;
}

void PlanerBar::take_choice() {
  if (filling_ || review_->curve() == nullptr) return;
  if (text_->currentData().toString() == choose_file) return choose_text();
  PlanerSubject subject = review_->subject();
  const std::string network = network_->currentData().toString().toStdString();
  const bool other_network = network != subject.network;
  subject.network = network;
  const auto number = [](const QComboBox* combo, std::int64_t before) {
    return combo->lineEdit()->hasAcceptableInput() ? combo->currentText().toLongLong() : before;
  };
  StepKey key = subject.key;
  key.batch = number(batch_, key.batch);
  key.length = number(length_, key.length);
  key.memory = number(memory_, key.memory);
  key.precision = precision_->currentData().toString().toStdString();
  key.device = device_->currentData().toString().toStdString();
  if (key == subject.key && !other_network) return;
  subject.key = key;
  const SearchInfo* latest = review_->catalogue().latest_search(network, key, subject.cost);
  subject.search = latest == nullptr ? std::string() : latest->name;
  review_->look_at(subject);
}

void PlanerBar::choose_text() {
  const QString file =
      QFileDialog::getOpenFileName(this, tr("A text to search and retrain on"), {},
                                   tr("Texts (*.txt *.xz *.gz *.bin);;All files (*)"));
  const QSignalBlocker blocker(text_);
  if (file.isEmpty()) {
    text_->setCurrentIndex(0);
    return;
  }
  text_->insertItem(0, text_title({file.toStdString(), {}}), file);
  text_->setCurrentIndex(0);
}

QString PlanerBar::text_file() const {
  const QString file = text_->currentData().toString();
  return file == choose_file ? QString() : file;
}

QString PlanerBar::device_key() const {
  const QString name = device_->currentData().toString();
  if (name.isEmpty() || devices_->devices().empty())
    return name.startsWith(QStringLiteral("CPU")) ? QStringLiteral("cpu") : QStringLiteral("auto");
  for (const DeviceList::Device& device : devices_->devices())
    if (device.name == name) return device.key;
  return {};
}

}  // namespace plumbline

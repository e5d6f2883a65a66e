#include "widgets/inspector/remark_panel.h"

#include <QCompleter>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/bars/bar.h"
#include "widgets/bars/wrap_layout.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/study/remarks.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int note_height = 56, chip_row = 28;

}  // namespace

RemarkPanel::RemarkPanel(QWidget* parent)
    : QWidget(parent),
      chips_(new QWidget(this)),
      add_(new QLineEdit(chips_)),
      note_(new QPlainTextEdit(this)),
      title_(new SecondaryLabel(tr("Tags"), this)) {
  title_->setFont(ui_font(TextSize::small));
  explain(title_, "inspector.place");
  auto* note_title = new SecondaryLabel(tr("Note"), this);
  note_title->setFont(ui_font(TextSize::small));
  note_title->setBuddy(note_);
  auto* chip_row_layout = new WrapLayout(chips_, chip_row, spacing::together, 0);
  chip_row_layout->addWidget(add_);
  QSizePolicy as_high_as_needed(QSizePolicy::Preferred, QSizePolicy::Minimum);
  as_high_as_needed.setHeightForWidth(true);
  chips_->setSizePolicy(as_high_as_needed);
  add_->setObjectName(QStringLiteral("add_tag"));
  add_->setPlaceholderText(tr("Add tag…"));
  add_->setAccessibleName(tr("Add tag"));
  add_->setMaxLength(64);
  add_->setFixedWidth(110);
  add_->installEventFilter(this);
  note_->setObjectName(QStringLiteral("note"));
  note_->setAccessibleName(tr("Note"));
  note_->setPlaceholderText(tr("N: write a note"));
  note_->setFixedHeight(note_height);
  note_->setTabChangesFocus(true);
  note_->installEventFilter(this);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(spacing::together);
  rows->addWidget(title_);
  rows->addWidget(chips_);
  rows->addWidget(note_title);
  rows->addWidget(note_);
  connect(add_, &QLineEdit::returnPressed, this, &RemarkPanel::add_tag);
  connect(note_, &QPlainTextEdit::textChanged, this, [this] { edited_ |= !refreshing_; });
  setEnabled(false);
}

void RemarkPanel::set_remarks(Remarks* remarks) {
  if (remarks_) remarks_->disconnect(this);
  remarks_ = remarks;
  if (remarks != nullptr) connect(remarks, &Remarks::changed, this, &RemarkPanel::refresh);
  refresh();
}

void RemarkPanel::show_items(std::optional<ItemRef> current, std::vector<ItemRef> selected) {
  if (current != item_) keep_note();
  const bool same = current == item_;
  item_ = current;
  selected_ = std::move(selected);
  if (!same || !edited_) refresh();
  title_->setText(
      selected_.size() > 1
          ? tr("Tags (%1 selected)").arg(with_thousands(static_cast<qint64>(selected_.size())))
          : tr("Tags"));
}

void RemarkPanel::refresh() {
  const QString reason = remarks_ == nullptr ? QString() : remarks_->obstacle();
  setEnabled(remarks_ != nullptr && reason.isEmpty() && item_.has_value());
  setToolTip(reason);
  add_->setToolTip(reason.isEmpty() ? tr("T: tag everything that is selected") : reason);
  // Chips are made anew: there are few.
  qDeleteAll(chips_->findChildren<QToolButton*>(QString(), Qt::FindDirectChildrenOnly));
  if (remarks_ == nullptr || !item_) return;
  for (const QString& tag : remarks_->tags_of(*item_)) {
    auto* chip = new QToolButton(chips_);
    chip->setText(tag + QStringLiteral("  ×"));
    chip->setObjectName(QStringLiteral("chip"));
    chip->setProperty("tag", tag);
    chip->setToolTip(tr("Remove the tag %1").arg(tag));
    chip->setFixedHeight(spacing::control_height);
    connect(
        chip, &QToolButton::clicked, this,
        [this, tag] {
          if (remarks_ && item_)
            remarks_->tag(selected_.size() > 1 ? selected_ : std::vector{*item_}, tag, false);
        },
        Qt::QueuedConnection);
    chips_->layout()->addWidget(chip);
    chip->show();
  }
  // After the chips.
  chips_->layout()->removeWidget(add_);
  chips_->layout()->addWidget(add_);
  chips_->updateGeometry();
  auto* completer = new QCompleter(remarks_->all_tags(), add_);
  completer->setCaseSensitivity(Qt::CaseInsensitive);
  delete add_->completer();
  add_->setCompleter(completer);
  const QString note = remarks_->note_of(*item_);
  if (!edited_ && note_->toPlainText() != note) {
    refreshing_ = true;
    note_->setPlainText(note);
    refreshing_ = false;
  }
}

void RemarkPanel::begin_tag() { add_->setFocus(Qt::ShortcutFocusReason); }
void RemarkPanel::begin_note() { note_->setFocus(Qt::ShortcutFocusReason); }

void RemarkPanel::add_tag() {
  const QString tag = add_->text().trimmed();
  add_->clear();
  if (remarks_ && item_ && !tag.isEmpty())
    remarks_->tag(selected_.empty() ? std::vector{*item_} : selected_, tag, true);
  Q_EMIT left();
}

void RemarkPanel::keep_note() {
  if (!edited_) return;
  edited_ = false;
  if (remarks_ && item_) remarks_->note(*item_, note_->toPlainText());
}

bool RemarkPanel::eventFilter(QObject* object, QEvent* event) {
  if (object == note_ && event->type() == QEvent::FocusOut) keep_note();
  if (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress) {
    auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    const bool done = key->key() == Qt::Key_Escape ||
                      (object == note_ && enter && (key->modifiers() & Qt::ControlModifier));
    if (done) {
      if (event->type() == QEvent::ShortcutOverride) {
        event->accept();
        return true;
      }
      if (object == add_) add_->clear();
      keep_note();
      Q_EMIT left();
      return true;
    }
  }
  return QWidget::eventFilter(object, event);
}

}  // namespace plumbline

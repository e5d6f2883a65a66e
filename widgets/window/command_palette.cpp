#include "widgets/window/command_palette.h"

#include <QKeyEvent>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int most_rows = 14, least_width = 420;

class EntryDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {100, spacing::row_height};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const Colours& c = colours();
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    painter->fillRect(option.rect, selected ? c.accent_tint : c.base);
    const QRect row = option.rect.adjusted(10, 0, -10, 0);
    painter->setFont(ui_font(TextSize::small));
    painter->setPen(selected ? c.text_on_tint : c.secondary_text);
    painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, index.data(Qt::UserRole).toString());
    const QString hint = index.data(Qt::UserRole + 1).toString();
    painter->drawText(row, Qt::AlignRight | Qt::AlignVCenter, hint);
    const int hint_width = painter->fontMetrics().horizontalAdvance(hint) + 12;
    painter->setFont(ui_font());
    painter->setPen(selected ? c.text_on_tint : c.text);
    const QRect words = row.adjusted(72, 0, -hint_width, 0);
    painter->drawText(
        words, Qt::AlignLeft | Qt::AlignVCenter,
        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, words.width()));
    painter->restore();
  }
};

}  // namespace

std::vector<PaletteEntry> matching_entries(std::vector<PaletteEntry> entries, const QString& text) {
  const QStringList words = text.simplified().split(u' ', Qt::SkipEmptyParts);
  std::erase_if(entries, [&](const PaletteEntry& entry) {
    const QString whole = entry.kind + u' ' + entry.name;
    return !std::ranges::all_of(
        words, [&](const QString& word) { return whole.contains(word, Qt::CaseInsensitive); });
  });
  std::stable_partition(entries.begin(), entries.end(), [&](const PaletteEntry& entry) {
    return entry.name.startsWith(text.simplified(), Qt::CaseInsensitive);
  });
  return entries;
}

CommandPalette::CommandPalette(Find find, QWidget* parent)
    : QLineEdit(parent), find_(std::move(find)), list_(new QListWidget(parent->window())) {
  setObjectName(QStringLiteral("palette"));
  setPlaceholderText(tr("Find sample, run or command   Ctrl+K"));
  setAccessibleName(tr("Find a sample, run, command or control"));
  list_->setObjectName(QStringLiteral("palette_list"));
  list_->setItemDelegate(new EntryDelegate(list_));
  list_->setFocusPolicy(Qt::NoFocus);
  list_->setProperty("popup", true);
  list_->setFrameShape(QFrame::Box);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->hide();
  connect(this, &QLineEdit::textEdited, this, &CommandPalette::refresh);
  connect(list_, &QListWidget::itemClicked, this,
          [this](QListWidgetItem* item) { go(list_->row(item)); });
}

void CommandPalette::open() {
  setFocus(Qt::ShortcutFocusReason);
  selectAll();
  refresh();
}

void CommandPalette::refresh() {
  entries_ = find_(text());
  list_->clear();
  for (const PaletteEntry& entry : entries_) {
    auto* item = new QListWidgetItem(entry.name, list_);
    item->setData(Qt::UserRole, entry.kind);
    item->setData(Qt::UserRole + 1, entry.hint);
  }
  if (entries_.empty()) {
    auto* item = new QListWidgetItem(tr("No matches."), list_);
    item->setFlags(Qt::NoItemFlags);
  }
  list_->setCurrentRow(0);
  const int rows = std::clamp(static_cast<int>(entries_.size()), 1, most_rows);
  const int wide = std::max(width(), least_width);
  const QPoint corner = mapTo(window(), QPoint(width() - wide, height() + 2));
  list_->setGeometry(corner.x(), corner.y(), wide, rows * spacing::row_height + 4);
  list_->show();
  list_->raise();
}

void CommandPalette::close_list() {
  list_->hide();
  clear();
}

void CommandPalette::go(int row) {
  if (row < 0 || row >= static_cast<int>(entries_.size())) return;
  const auto act = entries_[static_cast<std::size_t>(row)].act;
  close_list();
  Q_EMIT left();
  act();
}

bool CommandPalette::event(QEvent* event) {
  // Esc closes the list; elsewhere it is the window's shortcut.
  if (event->type() == QEvent::ShortcutOverride &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape)
    event->accept();
  return QLineEdit::event(event);
}

void CommandPalette::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Down:
      if (!list_->isVisible())
        refresh();
      else
        list_->setCurrentRow(std::min(list_->currentRow() + 1, list_->count() - 1));
      return;
    case Qt::Key_Up: list_->setCurrentRow(std::max(0, list_->currentRow() - 1)); return;
    case Qt::Key_Return:
    case Qt::Key_Enter: go(list_->currentRow()); return;
    case Qt::Key_Escape:
      close_list();
      Q_EMIT left();
      return;
    default: QLineEdit::keyPressEvent(event);
  }
}

void CommandPalette::focusInEvent(QFocusEvent* event) {
  QLineEdit::focusInEvent(event);
  if (event->reason() == Qt::MouseFocusReason) refresh();
}

void CommandPalette::focusOutEvent(QFocusEvent* event) {
  QLineEdit::focusOutEvent(event);
  if (event->reason() != Qt::ActiveWindowFocusReason) close_list();
}

}  // namespace plumbline

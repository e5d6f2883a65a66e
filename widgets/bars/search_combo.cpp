#include "widgets/bars/search_combo.h"

#include <QFrame>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QScreen>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr int most_entries_shown = 16, count_gap = 16, entry_margin = 8;

/// The name at the left, how many there are at the right.
class CountedEntryDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void set_counts(std::vector<std::int64_t> counts) { counts_ = std::move(counts); }
  QString count_of(int entry) const {
    if (entry < 0 || entry >= static_cast<int>(counts_.size())) return {};
    const std::int64_t count = counts_[static_cast<std::size_t>(entry)];
    return count < 0 ? QString() : with_thousands(count);
  }
  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {100, spacing::row_height};
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const auto* proxy = static_cast<const QSortFilterProxyModel*>(index.model());
    const Colours& c = colours();
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    painter->fillRect(option.rect, selected ? c.accent_tint : c.base);
    const QRect row = option.rect.adjusted(entry_margin, 0, -entry_margin, 0);
    const QString count = count_of(proxy->mapToSource(index).row());
    painter->setFont(ui_font(TextSize::small));
    painter->setPen(selected ? c.text_on_tint : c.secondary_text);
    painter->drawText(row, Qt::AlignRight | Qt::AlignVCenter, count);
    const int room =
        row.width() - (count.isEmpty() ? 0 : painter->fontMetrics().horizontalAdvance(count) + 8);
    painter->setFont(ui_font());
    painter->setPen(selected ? c.text_on_tint : c.text);
    painter->drawText(
        row, Qt::AlignLeft | Qt::AlignVCenter,
        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, room));
    painter->restore();
  }

 private:
  std::vector<std::int64_t> counts_;
};

}  // namespace

SearchCombo::SearchCombo(QWidget* parent) : QComboBox(parent) {}

void SearchCombo::make_popup() {
  auto* frame = new QFrame(this, Qt::Popup);
  popup_ = frame;
  frame->setObjectName(QStringLiteral("search_popup"));
  frame->setProperty("popup", true);
  frame->setFrameShape(QFrame::Box);
  text_ = new QLineEdit(frame);
  text_->setObjectName(QStringLiteral("search_text"));
  text_->setPlaceholderText(tr("Part of a name"));
  text_->setAccessibleName(tr("Part of a name"));
  list_ = new QListView(frame);
  list_->setObjectName(QStringLiteral("search_list"));
  list_->setAccessibleName(accessibleName());
  list_->setFrameShape(QFrame::NoFrame);
  list_->setUniformItemSizes(true);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setMouseTracking(true);
  filtered_ = new QSortFilterProxyModel(frame);
  filtered_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  filtered_->setSourceModel(model());
  list_->setModel(filtered_);
  list_->setItemDelegate(new CountedEntryDelegate(list_));
  auto* none = new QLabel(tr("No matches."), frame);
  none->setObjectName(QStringLiteral("search_nothing"));
  none->setAlignment(Qt::AlignCenter);
  auto* rows = new QVBoxLayout(frame);
  rows->setContentsMargins(spacing::together, spacing::together, spacing::together,
                           spacing::together);
  rows->setSpacing(spacing::together);
  rows->addWidget(text_);
  rows->addWidget(list_, 1);
  rows->addWidget(none, 1);
  none->hide();
  text_->installEventFilter(this);
  list_->installEventFilter(this);
  frame->installEventFilter(this);
  connect(text_, &QLineEdit::textChanged, this, &SearchCombo::filter);
  connect(list_, &QListView::clicked, this, &SearchCombo::choose);
  connect(list_, &QListView::entered, list_, &QListView::setCurrentIndex);
}

void SearchCombo::showPopup() {
  if (count() == 0) return;
  if (popup_ == nullptr) make_popup();
  auto* delegate = static_cast<CountedEntryDelegate*>(list_->itemDelegate());
  delegate->set_counts(counts_ ? counts_() : std::vector<std::int64_t>());
  text_->clear();
  text_->setVisible(count() >= searched_from);
  filter({});
  list_->setCurrentIndex(filtered_->mapFromSource(model()->index(currentIndex(), 0)));
  const QFontMetrics names(ui_font()), figures(ui_font(TextSize::small));
  int widest = 0;
  for (int i = 0; i < count(); ++i)
    widest = std::max(widest, names.horizontalAdvance(itemText(i)) + count_gap +
                                  figures.horizontalAdvance(delegate->count_of(i)));
  const int rows = std::min(count(), most_entries_shown);
  const int height = rows * spacing::row_height + 2 * spacing::together + 2 +
                     (text_->isVisibleTo(popup_) ? spacing::control_height + spacing::together : 0);
  QRect place(mapToGlobal(QPoint(0, this->height() + 1)),
              QSize(std::clamp(widest + 2 * entry_margin + 28, width(), 480), height));
  if (const QScreen* on = screen()) {
    const QRect room = on->availableGeometry();
    if (place.bottom() > room.bottom())
      place.moveBottom(std::max(room.top() + place.height(), mapToGlobal(QPoint(0, 0)).y()) - 1);
    if (place.right() > room.right()) place.moveRight(room.right());
  }
  popup_->setGeometry(place);
  popup_->show();
  list_->scrollTo(list_->currentIndex(), QAbstractItemView::PositionAtCenter);
  if (text_->isVisible())
    text_->setFocus(Qt::PopupFocusReason);
  else
    list_->setFocus(Qt::PopupFocusReason);
}

void SearchCombo::hidePopup() {
  if (popup_) popup_->hide();
  update();
}

void SearchCombo::filter(const QString& text) {
  filtered_->setFilterFixedString(text);
  const bool found = filtered_->rowCount() > 0;
  list_->setVisible(found);
  if (auto* none = popup_->findChild<QLabel*>(QStringLiteral("search_nothing")))
    none->setVisible(!found);
  if (found) list_->setCurrentIndex(filtered_->index(0, 0));
}

void SearchCombo::choose() {
  const QModelIndex index = filtered_->mapToSource(list_->currentIndex());
  if (!index.isValid()) return;
  hidePopup();
  setCurrentIndex(index.row());
  Q_EMIT activated(index.row());
}

bool SearchCombo::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::KeyPress && popup_ && popup_->isVisible()) {
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
      case Qt::Key_Return:
      case Qt::Key_Enter: choose(); return true;
      case Qt::Key_Escape: hidePopup(); return true;
      case Qt::Key_Down:
      case Qt::Key_Up: {
        if (object != text_) break;
        const int step = key->key() == Qt::Key_Down ? 1 : -1;
        const int row = std::clamp(list_->currentIndex().row() + step, 0,
                                   std::max(0, filtered_->rowCount() - 1));
        list_->setCurrentIndex(filtered_->index(row, 0));
        return true;
      }
      default: break;
    }
  }
  return QComboBox::eventFilter(object, event);
}

}  // namespace plumbline

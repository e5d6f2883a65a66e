#include "widgets/bars/wrap_layout.h"

#include <QWidget>

#include <algorithm>

namespace plumbline {

namespace {

constexpr int control_row = 32;  // controls of 24 with 8 between them

}  // namespace

WrapLayout::WrapLayout(QWidget* parent, int row, int spacing, int side_margin)
    : QLayout(parent), row_(row), gap_(spacing), margin_(side_margin) {
  setContentsMargins(0, 0, 0, 0);
}

WrapLayout::~WrapLayout() {
  while (!items_.isEmpty()) delete items_.takeFirst();
}

void WrapLayout::addItem(QLayoutItem* item) { items_.append(item); }

void WrapLayout::add_trailing(QWidget* widget) {
  addWidget(widget);
  trailing_.append(items_.last());
}

QLayoutItem* WrapLayout::takeAt(int index) {
  if (index < 0 || index >= count()) return nullptr;
  trailing_.removeAll(items_[index]);
  return items_.takeAt(index);
}

QSize WrapLayout::sizeHint() const {
  int width = 2 * margin_;
  for (const QLayoutItem* item : items_) width += item->sizeHint().width() + gap_;
  return {width, row_};
}

QSize WrapLayout::minimumSize() const {
  int widest = 0;
  for (const QLayoutItem* item : items_)
    if (!item->isEmpty()) widest = std::max(widest, item->minimumSize().width());
  return {widest + 2 * margin_, row_};
}

void WrapLayout::setGeometry(const QRect& rect) {
  QLayout::setGeometry(rect);
  place(rect, true);
}

int WrapLayout::place(const QRect& rect, bool apply) const {
  const int room = rect.width() - 2 * margin_;
  const int further_row = std::min(row_, control_row);
  int y = rect.top(), height = row_;
  QList<QLayoutItem*> row;
  int used = 0;
  const auto end_row = [&] {
    if (apply) place_row(row, rect, y);
    row.clear();
    used = 0;
  };
  for (QLayoutItem* item : items_) {
    if (item->isEmpty()) continue;
    const int width = item->minimumSize().width();
    if (!row.isEmpty() && used + gap_ + width > room) {
      end_row();
      y += further_row;
      height += further_row;
    }
    used += (row.isEmpty() ? 0 : gap_) + width;
    row.append(item);
  }
  end_row();
  return height;
}

void WrapLayout::place_row(const QList<QLayoutItem*>& row, const QRect& rect, int y) const {
  int left_over = rect.width() - 2 * margin_ - gap_ * (static_cast<int>(row.size()) - 1);
  int growing = 0;
  QList<int> widths;
  for (const QLayoutItem* item : row) {
    widths.append(item->minimumSize().width());
    left_over -= widths.last();
    growing += bool(item->expandingDirections() & Qt::Horizontal);
  }
  for (qsizetype i = 0; i < row.size() && growing > 0; ++i) {
    if (!(row[i]->expandingDirections() & Qt::Horizontal)) continue;
    const int more = std::clamp(left_over / growing, 0, row[i]->maximumSize().width() - widths[i]);
    widths[i] += more;
    left_over -= more;
    --growing;
  }
  int x = rect.left() + margin_;
  bool pushed = false;
  for (qsizetype i = 0; i < row.size(); ++i) {
    if (!pushed && trailing_.contains(row[i])) {
      x += std::max(0, left_over);
      pushed = true;
    }
    const int height = std::min(row[i]->sizeHint().height(), row_);
    row[i]->setGeometry({x, y + (row_ - height) / 2, widths[i], height});
    x += widths[i] + gap_;
  }
}

}  // namespace plumbline

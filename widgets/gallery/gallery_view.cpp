#include "widgets/gallery/gallery_view.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/figures/figure_tips.h"
#include "widgets/gallery/cell_painter.h"
#include "widgets/style/colours.h"
#include "widgets/text/text_of.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

namespace {

constexpr int side_step = 16;
constexpr int edge = 8;  // kept free above and below the current cell

}  // namespace

GalleryView::GalleryView(ThumbnailLoader* loader, QWidget* parent)
    : QAbstractScrollArea(parent), loader_(loader), notice_(new QLabel(viewport())) {
  explain(notice_, "failures.shown");
  explain(viewport(), "gallery.cell");
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  // Always there, so that what is shown does not move when a filter changes.
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setAccessibleName(tr("Gallery"));
  setMinimumSize(200, 120);
  notice_->setAlignment(Qt::AlignCenter);
  notice_->setWordWrap(true);
  notice_->setTextFormat(Qt::RichText);
  notice_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  notice_->hide();
  connect(notice_, &QLabel::linkActivated, this, &GalleryView::notice_link);
  connect(loader_, &ThumbnailLoader::arrived, viewport(), qOverload<>(&QWidget::update));
  viewport()->setMouseTracking(true);
}

void GalleryView::set_content(const GalleryContent* content) {
  content_ = content;
  content_changed(std::nullopt);
}

void GalleryView::content_changed(std::optional<std::size_t> current_row) {
  current_ = current_row && *current_row < count() ? current_row : std::nullopt;
  // What is no longer shown is no longer selected.
  ItemSelection kept;
  if (selected_.size() > 1)
    for (std::size_t row = 0; row < count(); ++row)
      if (is_selected(row)) kept.set(content_->item(row), true);
  selected_ = std::move(kept);
  if (current_ && selected_.size() < 2) select_only(*current_);
  anchor_ = current_.value_or(0);
  lay_out();
  if (current_)
    show_row(*current_);
  else
    verticalScrollBar()->setValue(0);
  want_pictures();
  viewport()->update();
  describe_current();
}

qint64 GalleryView::scrolled() const { return verticalScrollBar()->value(); }

void GalleryView::lay_out() {
  grid_ = GalleryGrid(count(), viewport()->width(), side_,
                      content_ == nullptr ? GalleryCells::images : content_->cells(),
                      content_ == nullptr ? 0 : content_->caption_width());
  const qint64 hidden = grid_.height() - viewport()->height();
  verticalScrollBar()->setRange(0, static_cast<int>(std::clamp<qint64>(hidden, 0, INT_MAX)));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(grid_.row_height() / 3);
  notice_->setGeometry(viewport()->rect().adjusted(24, 24, -24, -24));
}

int GalleryView::device_side() const {
  const int longest = std::max(grid_.picture_width(), grid_.picture_height());
  return static_cast<int>(std::lround(longest * devicePixelRatioF()));
}

void GalleryView::want_pictures() {
  if (count() == 0) {
    loader_->want({}, device_side());
    return;
  }
  const int screen = viewport()->height();
  // One screen beyond either end, nearest to the middle of what is seen first.
  const auto range = grid_.visible(scrolled() - screen, scrolled() + 2 * screen);
  std::vector<std::size_t> rows(range.end - range.begin);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = range.begin + i;
  const qint64 middle = scrolled() + screen / 2;
  const auto distance = [&](std::size_t row) {
    return std::abs(qint64{grid_.cell(row, 0).center().y()} - middle);
  };
  std::ranges::stable_sort(rows, {}, distance);
  std::vector<ThumbnailRequest> requests(rows.size());
  std::ranges::transform(rows, requests.begin(), [&](std::size_t row) {
    return ThumbnailRequest{content_->item(row), content_->crop(row), grid_.is_of_objects()};
  });
  loader_->want(requests, device_side());
}

bool GalleryView::complete() const {
  const auto range = grid_.visible(scrolled(), scrolled() + viewport()->height());
  for (std::size_t row = range.begin; row < range.end; ++row) {
    const Thumbnail* thumbnail = loader_->find(content_->item(row));
    if (thumbnail == nullptr || thumbnail->side != device_side()) return false;
  }
  return true;
}

void GalleryView::show_row(std::size_t row) {
  const QRect cell = grid_.cell(row, 0);
  QScrollBar* bar = verticalScrollBar();
  if (cell.top() - edge < bar->value())
    bar->setValue(cell.top() - edge);
  else if (cell.bottom() + edge > bar->value() + viewport()->height())
    bar->setValue(cell.bottom() + edge - viewport()->height());
}

QRect GalleryView::cell_rect(std::size_t row) const { return grid_.cell(row, scrolled()); }

void GalleryView::set_current(std::size_t row) {
  if (row >= count()) return;
  anchor_ = row;
  select_only(row);
  move_to(row);
}

void GalleryView::move_to(std::size_t row) {
  show_row(row);
  viewport()->update();
  if (current_ != row) {
    current_ = row;
    describe_current();
    Q_EMIT current_changed();
  }
  Q_EMIT selection_changed();
}

bool GalleryView::is_selected(std::size_t row) const {
  return selected_.contains(content_->item(row));
}

void GalleryView::select_only(std::size_t row) {
  selected_.clear();
  toggle(row);
}

void GalleryView::toggle(std::size_t row) { selected_.toggle(content_->item(row)); }

void GalleryView::select_range(std::size_t from, std::size_t to) {
  select_only(from);
  for (std::size_t row = std::min(from, to); row <= std::max(from, to); ++row)
    if (row != from) toggle(row);
}

void GalleryView::select_all() {
  if (count() == 0) return;
  select_range(0, count() - 1);
  viewport()->update();
  Q_EMIT selection_changed();
}

std::vector<std::size_t> GalleryView::selection() const {
  std::vector<std::size_t> rows;
  if (selected_.size() == 0) return rows;
  if (selected_.size() == 1 && current_ && is_selected(*current_)) return {*current_};
  for (std::size_t row = 0; row < count(); ++row)
    if (is_selected(row)) rows.push_back(row);
  return rows;
}

void GalleryView::describe_current() {
  QString spoken;
  if (current_) {
    const GalleryCell cell = content_->cell(*current_);
    const std::string_view verdict = verdict_name(cell.verdict);
    if (cell.object)
      spoken = tr("%1 of %2: %3, %4, %5, found by %6, %7")
                   .arg(*current_ + 1)
                   .arg(count())
                   .arg(full_verdict_name(cell.verdict, JudgedItem::object), cell.predicted,
                        cell.object->size, cell.object->found_by, cell.object->tide);
    else
      spoken = tr("%1 of %2: %3, predicted %4, true %5")
                   .arg(*current_ + 1)
                   .arg(count())
                   .arg(text_of(verdict), cell.predicted,
                        cell.truth.isEmpty() ? cell.predicted : cell.truth);
  }
  setAccessibleDescription(spoken);
}

bool GalleryView::move_by_key(int key, bool extend) {
  if (count() == 0) return false;
  const auto columns = static_cast<qint64>(grid_.columns());
  const qint64 last = static_cast<qint64>(count()) - 1;
  const qint64 page = std::max(1, viewport()->height() / grid_.row_height()) * columns;
  const qint64 now = current_ ? static_cast<qint64>(*current_) : -1;
  qint64 next = now;
  switch (key) {
    case Qt::Key_Left: next = now - 1; break;
    case Qt::Key_Right: next = now + 1; break;
    case Qt::Key_Up: next = now - columns >= 0 ? now - columns : now; break;
    case Qt::Key_Down: next = now + columns <= last ? now + columns : now; break;
    case Qt::Key_PageUp: next = now - page; break;
    case Qt::Key_PageDown: next = now + page; break;
    case Qt::Key_Home: next = 0; break;
    case Qt::Key_End: next = last; break;
    default: return false;
  }
  if (now < 0) next = key == Qt::Key_End ? last : 0;
  const auto row = static_cast<std::size_t>(std::clamp<qint64>(next, 0, last));
  if (!extend) {
    set_current(row);
  } else {
    select_range(std::min(anchor_, count() - 1), row);
    move_to(row);
  }
  return true;
}

void GalleryView::set_thumbnail_side(int side) {
  side = std::clamp(side, GalleryGrid::smallest_side, GalleryGrid::largest_side);
  if (side == side_) return;
  // What is at the top stays in sight.
  const auto anchor = grid_.visible(scrolled(), scrolled() + 1).begin;
  side_ = side;
  lay_out();
  if (count() > 0) {
    verticalScrollBar()->setValue(grid_.cell(std::min(anchor, count() - 1), 0).top() - edge);
    if (current_) show_row(*current_);
  }
  want_pictures();
  viewport()->update();
}

void GalleryView::set_notice(const QString& text) {
  notice_->setText(text);
  notice_->setVisible(!text.isEmpty());
}

QString GalleryView::notice() const { return notice_->text(); }

void GalleryView::paintEvent(QPaintEvent* event) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.fillRect(event->rect(), colours().canvas);
  const auto range = grid_.visible(scrolled(), scrolled() + viewport()->height());
  for (std::size_t row = range.begin; row < range.end; ++row) {
    const QRect rect = grid_.cell(row, scrolled());
    if (!rect.intersects(event->rect())) continue;
    const auto paint = grid_.is_of_objects() ? paint_object_cell : paint_gallery_cell;
    paint(painter, grid_, rect, content_->cell(row), loader_->find(content_->item(row)),
          is_selected(row), row == current_);
  }
  if (keyboard_focus_) {
    painter.setPen(QPen(colours().accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(viewport()->rect().adjusted(1, 1, -1, -1));
  }
}

void GalleryView::resizeEvent(QResizeEvent* event) {
  QAbstractScrollArea::resizeEvent(event);
  const auto anchor = grid_.visible(scrolled(), scrolled() + 1).begin;
  const int columns = grid_.columns();
  lay_out();
  if (grid_.columns() != columns && anchor < count() && anchor > 0)
    verticalScrollBar()->setValue(grid_.cell(anchor, 0).top() - edge);
  want_pictures();
}

void GalleryView::scrollContentsBy(int, int) {
  viewport()->update();
  want_pictures();
}

void GalleryView::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Return ||
      event->key() == Qt::Key_Enter) {
    if (current_) Q_EMIT activated();
    return;
  }
  const auto other =
      event->modifiers() & ~(Qt::KeypadModifier | Qt::ControlModifier | Qt::ShiftModifier);
  if (!other && move_by_key(event->key(), event->modifiers() & Qt::ShiftModifier)) return;
  event->ignore();
}

void GalleryView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const auto row = grid_.at(event->position().toPoint(), scrolled());
  if (!row) return;
  if (event->modifiers() & Qt::ShiftModifier) {
    select_range(std::min(anchor_, count() - 1), *row);
    move_to(*row);
  } else if (event->modifiers() & Qt::ControlModifier) {
    toggle(*row);
    anchor_ = *row;
    move_to(*row);
  } else {
    set_current(*row);
  }
}

void GalleryView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && grid_.at(event->position().toPoint(), scrolled()))
    Q_EMIT activated();
}

void GalleryView::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) return QAbstractScrollArea::wheelEvent(event);
  // Touch pads send parts of a notch.
  wheel_rest_ += event->angleDelta().y();
  const int notches = wheel_rest_ / 120;
  wheel_rest_ -= notches * 120;
  if (notches != 0) set_thumbnail_side(side_ + notches * side_step);
  event->accept();
}

void GalleryView::focusInEvent(QFocusEvent* event) {
  keyboard_focus_ = event->reason() == Qt::TabFocusReason ||
                    event->reason() == Qt::BacktabFocusReason ||
                    event->reason() == Qt::ShortcutFocusReason;
  if (!current_ && count() > 0 && keyboard_focus_) set_current(0);
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void GalleryView::focusOutEvent(QFocusEvent* event) {
  keyboard_focus_ = false;
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

void GalleryView::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) viewport()->update();
}

bool GalleryView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto row = grid_.at(help->pos(), scrolled());
    if (row) {
      const Thumbnail* thumbnail = loader_->find(content_->item(*row));
      QString text = content_->read_out(*row, thumbnail == nullptr ? QString() : thumbnail->name);
      if (thumbnail != nullptr && !thumbnail->error.isEmpty())
        text += QStringLiteral("\n") + thumbnail->error;
      QToolTip::showText(help->globalPos(), text, viewport(), cell_rect(*row));
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

}  // namespace plumbline

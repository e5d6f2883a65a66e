#include "widgets/report/report_preview.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"

namespace plumbline {

namespace {

constexpr double desk_margin = 24, widest_page = 908;

}  // namespace

ReportPreview::ReportPreview(QWidget* parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Preview of the report"));
  verticalScrollBar()->setSingleStep(60);
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
    viewport()->update();
    Q_EMIT page_changed(current_page());
  });
}

void ReportPreview::set_pages(std::shared_ptr<const ReportPages> pages) {
  pages_ = std::move(pages);
  lay_out();
}

void ReportPreview::set_zoom(double pixels_a_point) {
  zoom_ = pixels_a_point;
  lay_out();
}

double ReportPreview::scale() const {
  if (zoom_ > 0) return zoom_ / 10;
  return std::clamp(viewport()->width() - 2 * desk_margin, 200.0, widest_page) / paper_width;
}

double ReportPreview::page_top(int page) const {
  return desk_margin + page * (paper_height * scale() + desk_margin);
}

void ReportPreview::lay_out() {
  const int count = pages_ ? static_cast<int>(pages_->pages.size()) : 0;
  const double height = page_top(count);
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(height) - viewport()->height()));
  horizontalScrollBar()->setRange(
      0,
      std::max(0, static_cast<int>(paper_width * scale() + 2 * desk_margin) - viewport()->width()));
  viewport()->update();
  Q_EMIT page_changed(current_page());
}

int ReportPreview::current_page() const {
  if (!pages_ || pages_->pages.empty()) return 0;
  const double middle = verticalScrollBar()->value() + viewport()->height() / 2.0;
  const int page =
      static_cast<int>((middle - desk_margin) / (paper_height * scale() + desk_margin));
  return std::clamp(page, 0, static_cast<int>(pages_->pages.size()) - 1);
}

void ReportPreview::go_to_page(int page) {
  verticalScrollBar()->setValue(static_cast<int>(page_top(page) - desk_margin / 2));
}

void ReportPreview::go_to_section(const QString& section) {
  if (!pages_) return;
  const auto found = std::ranges::find(pages_->headings, section, &PlacedHeading::section);
  if (found == pages_->headings.end()) return;
  verticalScrollBar()->setValue(
      static_cast<int>(page_top(found->page) + found->y * scale() - desk_margin));
}

void ReportPreview::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(viewport());
  const Colours& c = colours();
  painter.fillRect(viewport()->rect(), c.groove);
  if (!pages_) return;
  const double page_width = paper_width * scale(), page_height = paper_height * scale();
  const double left = std::max(desk_margin, (viewport()->width() - page_width) / 2) -
                      horizontalScrollBar()->value();
  for (int page = 0; page < static_cast<int>(pages_->pages.size()); ++page) {
    const QRectF paper(left, page_top(page) - verticalScrollBar()->value(), page_width,
                       page_height);
    if (paper.bottom() < 0) continue;
    if (paper.top() > viewport()->height()) break;
    painter.fillRect(paper, colours(Theme::light).base);
    painter.setPen(QPen(c.control_line, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(paper);
    painter.save();
    painter.setClipRect(paper);
    painter.translate(paper.topLeft());
    painter.scale(scale(), scale());
    paint_report_page(painter, *pages_, static_cast<std::size_t>(page));
    painter.restore();
  }
}

void ReportPreview::resizeEvent(QResizeEvent* /*event*/) { lay_out(); }

void ReportPreview::mouseReleaseEvent(QMouseEvent* event) {
  if (!pages_ || event->button() != Qt::LeftButton) return;
  const double y = event->position().y() + verticalScrollBar()->value();
  const int page =
      static_cast<int>(std::floor((y - desk_margin) / (paper_height * scale() + desk_margin)));
  const double on_page = (y - page_top(page)) / scale();
  QString section;
  for (const PlacedHeading& heading : pages_->headings) {
    if (heading.page > page || (heading.page == page && heading.y > on_page)) break;
    if (!heading.section.isEmpty()) section = heading.section;
  }
  if (!section.isEmpty()) Q_EMIT section_clicked(section);
}

void ReportPreview::keyPressEvent(QKeyEvent* event) {
  QScrollBar* bar = verticalScrollBar();
  switch (event->key()) {
    case Qt::Key_PageDown: go_to_page(current_page() + 1); return;
    case Qt::Key_PageUp: go_to_page(std::max(current_page() - 1, 0)); return;
    case Qt::Key_Home: bar->setValue(0); return;
    case Qt::Key_End: bar->setValue(bar->maximum()); return;
    default: QAbstractScrollArea::keyPressEvent(event);
  }
}

}  // namespace plumbline

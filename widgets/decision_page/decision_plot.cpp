#include "widgets/decision_page/decision_plot.h"

#include <QEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include "widgets/figures/figure_tips.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/plot_style.h"
#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr double chosen_size = 11, reference_size = 9;
const QMargins plot_margins(48, 28, 18, 42);

}  // namespace

DecisionPlot::DecisionPlot(DecisionAnalysis* analysis, const Words& words, QWidget* parent)
    : Ground(parent),
      analysis_(analysis),
      words_(words),
      title_(new TitleBar(words.title, words.fact, this)),
      plot_(new QCustomPlot(this)) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(title_);
  rows->addWidget(plot_, 1);
  setAccessibleName(words.title);
  explain(title_, words.figure);
  explain_on_request(plot_, words.figure);
  plot_->setAccessibleName(accessibleName());
  plot_->setObjectName(QString::fromLatin1(words.name));
  plot_->setMinimumSize(200, 120);
  // What moves with a slider, and with the pointer, is painted alone.
  plot_->addLayer(QStringLiteral("marks"), nullptr, QCustomPlot::limAbove);
  plot_->addLayer(QStringLiteral("hover"), nullptr, QCustomPlot::limAbove);
  marks_layer_ = plot_->layer(QStringLiteral("marks"));
  hover_layer_ = plot_->layer(QStringLiteral("hover"));
  marks_layer_->setMode(QCPLayer::lmBuffered);
  hover_layer_->setMode(QCPLayer::lmBuffered);
  plot_->axisRect()->setAutoMargins(QCP::msNone);
  plot_->axisRect()->setMargins(plot_margins);
  connect_mouse();
  connect(analysis_, &DecisionAnalysis::moved, this, &DecisionPlot::move_marks);
  connect(analysis_, &DecisionAnalysis::curves_changed, this, &DecisionPlot::rebuild);
}

QPointF DecisionPlot::pixel(double x, double y) const {
  return {plot_->xAxis->coordToPixel(x), plot_->yAxis->coordToPixel(y)};
}

void DecisionPlot::set_words(const QString& title, const QString& y_axis) {
  words_.title = title;
  words_.y_axis = y_axis;
  title_->set_name(title);
  setAccessibleName(title);
  plot_->setAccessibleName(title);
}

void DecisionPlot::fit() {
  zoomed_ = false;
  rebuild();
}

PlotLabel* DecisionPlot::add_label(bool marks) {
  plot_->setCurrentLayer(marks ? QStringLiteral("marks") : QStringLiteral("main"));
  auto* label = new PlotLabel(plot_);
  label->position->setType(QCPItemPosition::ptPlotCoords);
  plot_->setCurrentLayer(QStringLiteral("main"));
  return label;
}

QCPGraph* DecisionPlot::add_line(const QColor& colour, double width, bool dashed) {
  QCPGraph* line = plot_->addGraph();
  QPen pen(colour, width);
  if (dashed) pen.setDashPattern({5, 4});
  line->setPen(pen);
  return line;
}

QCPGraph* DecisionPlot::add_mark(bool chosen, const QColor& colour) {
  plot_->setCurrentLayer(QStringLiteral("marks"));
  QCPGraph* mark = plot_->addGraph();
  plot_->setCurrentLayer(QStringLiteral("main"));
  mark->setLineStyle(QCPGraph::lsNone);
  mark->setScatterStyle(QCPScatterStyle(
      chosen ? QCPScatterStyle::ssDiamond : QCPScatterStyle::ssCircle, QPen(colour, 1.6),
      QBrush(chosen ? colour : colours().base), chosen ? chosen_size : reference_size));
  return mark;
}

void DecisionPlot::rebuild() {
  plot_->clearPlottables();
  plot_->clearItems();
  apply_plot_style(plot_);
  plot_->xAxis->setLabel(words_.x_axis);
  plot_->xAxis->ticker()->setTickCount(6);
  plot_->yAxis->ticker()->setTickCount(5);
  auto* y_name = new QCPItemText(plot_);
  y_name->position->setType(QCPItemPosition::ptAbsolute);
  y_name->position->setCoords(spacing::page_margin, 6);
  y_name->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  y_name->setText(words_.y_axis);
  y_name->setFont(ui_font(TextSize::caption));
  y_name->setColor(colours().secondary_text);
  y_name->setClipToAxisRect(false);
  plot_->setCurrentLayer(QStringLiteral("hover"));
  for (QCPItemLine** line : {&hover_x_, &hover_y_}) {
    *line = new QCPItemLine(plot_);
    (*line)->setPen(QPen(colours().control_line, 1));
    (*line)->setVisible(false);
  }
  plot_->setCurrentLayer(QStringLiteral("main"));
  drawn_ = analysis_->review() != nullptr;
  if (drawn_) {
    if (const auto ranges = whole(); ranges && !zoomed_ && (!analysis_->is_held() || !fitted_)) {
      plot_->xAxis->setRange(ranges->x);
      plot_->yAxis->setRange(ranges->y);
      fitted_ = true;
    }
    draw();
    make_marks();
    place_marks();
  } else {
    fitted_ = zoomed_ = false;
  }
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

/// Ranges stand still; only the layer of the marks is painted.
void DecisionPlot::move_marks() {
  if (!drawn_) return rebuild();
  place_marks();
  if (isVisible()) marks_layer_->replot();
}

void DecisionPlot::connect_mouse() {
  plot_->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
  plot_->axisRect()->setRangeZoomAxes(plot_->xAxis, nullptr);
  plot_->axisRect()->setRangeDrag(Qt::Horizontal | Qt::Vertical);
  connect(plot_, &QCustomPlot::mouseDoubleClick, this,
          [this](QMouseEvent* event) { double_clicked(event->position()); });
  connect(plot_, &QCustomPlot::mouseWheel, this, [this](QWheelEvent* event) {
    zoomed_ = true;
    const bool upright = event->modifiers() & Qt::ShiftModifier;
    plot_->axisRect()->setRangeZoomAxes(upright ? nullptr : plot_->xAxis,
                                        upright ? plot_->yAxis : nullptr);
  });
  connect(plot_, &QCustomPlot::mousePress, this, [this](QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && drawn_) pressed(event->position());
  });
  connect(plot_, &QCustomPlot::mouseMove, this, &DecisionPlot::hover);
  plot_->installEventFilter(this);
  // Only now it is known where labels may stand.
  connect(plot_, &QCustomPlot::afterLayout, this, [this] {
    if (drawn_) place_marks();
  });
}

void DecisionPlot::hover(QMouseEvent* event) {
  if (event->buttons() != Qt::NoButton) {
    zoomed_ = zoomed_ || (event->buttons() & Qt::LeftButton);
    return leave_hover();
  }
  const QRect inside = plot_->axisRect()->rect();
  if (!drawn_ || !inside.contains(event->pos())) return leave_hover();
  const double x = plot_->xAxis->pixelToCoord(event->position().x());
  const double y = plot_->yAxis->pixelToCoord(event->position().y());
  const auto lay = [&](QCPItemLine* line, bool upright) {
    line->setVisible(true);
    for (QCPItemPosition* end : {line->start, line->end}) end->setType(QCPItemPosition::ptAbsolute);
    line->start->setCoords(upright ? event->position().x() : inside.left(),
                           upright ? inside.top() : event->position().y());
    line->end->setCoords(upright ? event->position().x() : inside.right(),
                         upright ? inside.bottom() : event->position().y());
  };
  lay(hover_x_, true);
  lay(hover_y_, false);
  hover_layer_->replot();
  const QString words = read_out(event->position(), x, y);
  if (words.isEmpty()) return QToolTip::hideText();
  QToolTip::showText(event->globalPosition().toPoint(), words, plot_);
}

void DecisionPlot::leave_hover() {
  QToolTip::hideText();
  if (hover_x_ == nullptr || !hover_x_->visible()) return;
  hover_x_->setVisible(false);
  hover_y_->setVisible(false);
  hover_layer_->replot();
}

bool DecisionPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot_ && event->type() == QEvent::Leave) leave_hover();
  return Ground::eventFilter(watched, event);
}

void DecisionPlot::changeEvent(QEvent* event) {
  Ground::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) rebuild();
}

}  // namespace plumbline

// What moves with the slider: the line of the target, and what is predicted there.
#include "widgets/planer/tradeoff_plot.h"

#include <limits>

#include "widgets/planer/planer_words.h"
#include "widgets/plot/plot_label.h"
#include "widgets/plot/qcustomplot.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"

namespace plumbline {

namespace {

constexpr double diamond_size = 11;

}  // namespace

double TradeoffPlot::target_x() const {
  const SearchCurve* curve = review_->curve();
  const auto limit = review_->target_limit();
  if (curve == nullptr || !limit) return std::numeric_limits<double>::quiet_NaN();
  return plot_->x() + plot_->xAxis->coordToPixel(x_of(*curve, *limit));
}

QString TradeoffPlot::predicted_text() const {
  return predicted_label_ == nullptr || !predicted_label_->visible() ? QString()
                                                                     : predicted_label_->text();
}

/// On a layer of its own, which is painted alone.
void TradeoffPlot::add_target() {
  const Colours& c = colours();
  plot_->setCurrentLayer(QStringLiteral("target"));
  target_line_ = new QCPItemLine(plot_);
  target_line_->setPen(QPen(c.accent, 1.5));
  for (QCPItemPosition* end : {target_line_->start, target_line_->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  diamond_ = plot_->addGraph();
  diamond_->setLineStyle(QCPGraph::lsNone);
  diamond_->setScatterStyle(
      {QCPScatterStyle::ssDiamond, QPen(c.accent, 1.5), QBrush(c.base), diamond_size});
  target_label_ = new PlotLabel(plot_);
  target_label_->position->setTypeX(QCPItemPosition::ptPlotCoords);
  target_label_->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  target_label_->set_sides(
      {{Qt::AlignRight | Qt::AlignBottom, 7}, {Qt::AlignLeft | Qt::AlignBottom, 7}});
  predicted_label_ = new PlotLabel(plot_);
  predicted_label_->position->setType(QCPItemPosition::ptPlotCoords);
  predicted_label_->set_sides({{Qt::AlignLeft | Qt::AlignBottom, 9},
                               {Qt::AlignLeft | Qt::AlignTop, 9},
                               {Qt::AlignRight | Qt::AlignTop, 9},
                               {Qt::AlignRight | Qt::AlignBottom, 9},
                               {Qt::AlignBottom | Qt::AlignHCenter, 24},
                               {Qt::AlignTop | Qt::AlignHCenter, 24}});
  plot_->setCurrentLayer(QStringLiteral("main"));
}

void TradeoffPlot::place_target() {
  const Colours& c = colours();
  const SearchCurve* curve = review_->curve();
  const auto limit = review_->target_limit();
  if (target_line_ == nullptr || curve == nullptr || !limit) return;
  const double x = x_of(*curve, *limit);
  target_line_->start->setCoords(x, 0);
  target_line_->end->setCoords(x, 1);
  target_label_->position->setCoords(x, 0);
  target_label_->set_lines(
      {{tr("target %1").arg(curve->text(*limit)), c.accent, true},
       {tr("%1 × baseline").arg(decimal(review_->target(), 2)), c.secondary_text}});
  const FrontPoint* point = review_->predicted();
  predicted_label_->setVisible(point != nullptr);
  diamond_->data()->clear();
  std::vector<PlotLabel*> movable{target_label_};
  if (point != nullptr) {
    // The diamond stands on the front; what is chosen for the target may be a little faster than
    // it.
    const double expected = curve->expected_nats(*point), y = y_of(*curve, expected);
    diamond_->addData(x, y);
    predicted_label_->position->setCoords(x, y);
    predicted_label_->set_lines({{tr("predicted %1").arg(curve->unit.text(expected)), c.text}});
    movable.push_back(predicted_label_);
  }
  std::vector<QRectF> taken = taken_;
  place_labels(movable, taken, QRectF(plot_->axisRect()->rect()));
}

}  // namespace plumbline

#pragma once
#include <QColor>

class QCustomPlot;

namespace plumbline {

/// The one look of all plots: left and bottom axes only, horizontal grid, direct labels. To be
/// called again when the theme changes.
void apply_plot_style(QCustomPlot* plot);

/// Colours of lines other than the chosen one, in order; repeats after the last.
QColor series_colour(std::size_t index);
QColor baseline_colour();

}  // namespace plumbline

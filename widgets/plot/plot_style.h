#pragma once
#include <QColor>
#include <QStringList>

class QCPAxis;
class QCustomPlot;

namespace plumbline {

/// The one look of all plots: left and bottom axes only, horizontal grid, direct labels, and no
/// more numbers on an axis than stand side by side. To be called again when the theme changes.
void apply_plot_style(QCustomPlot* plot);

/// What words on an axis do where there is no room for all of them side by side.
enum class Narrow {
  skip,     ///< every second, third … one is written: for numbers
  shorten,  ///< the first letters of the first line are written: the rest is in a tooltip
};
/// Words at 0, 1, 2 … of a horizontal axis. A word may have several lines.
void set_axis_words(QCPAxis* axis, const QStringList& words, Narrow narrow);

/// An axis' name, cut to so many pixels.
QString axis_name(const QString& name, int pixels);

/// Colours of lines other than the chosen one, in order; repeats after the last.
QColor series_colour(std::size_t index);
QColor baseline_colour();

}  // namespace plumbline

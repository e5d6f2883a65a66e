#pragma once
#include <QString>

class QCustomPlot;

namespace plumbline {

/// Writes a plot as it is now: PDF, SVG or, for any other ending, PNG of twice its size in pixels.
/// False where the file cannot be written.
bool write_plot(QCustomPlot* plot, const QString& file, const QString& title);

}  // namespace plumbline

#include "widgets/plot/plot_file.h"

#include <QFile>
#include <QSvgGenerator>

#include "widgets/plot/qcustomplot.h"

namespace plumbline {

namespace {

bool write_svg(QCustomPlot* plot, const QString& file, const QString& title) {
  QFile target(file);
  if (!target.open(QIODevice::WriteOnly)) return false;
  const int width = plot->width(), height = plot->height();
  QSvgGenerator generator;
  generator.setOutputDevice(&target);
  generator.setSize(QSize(width, height));
  generator.setViewBox(QRect(0, 0, width, height));
  generator.setTitle(title);
  QCPPainter painter;
  if (!painter.begin(&generator)) return false;
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  plot->toPainter(&painter, width, height);
  painter.end();
  return target.error() == QFileDevice::NoError;
}

}  // namespace

bool write_plot(QCustomPlot* plot, const QString& file, const QString& title) {
  const auto ends = [&](const char* ending) {
    return file.endsWith(QLatin1String(ending), Qt::CaseInsensitive);
  };
  if (ends(".pdf")) return plot->savePdf(file, plot->width(), plot->height());
  if (ends(".svg")) return write_svg(plot, file, title);
  return plot->savePng(file, plot->width(), plot->height(), 2);
}

}  // namespace plumbline

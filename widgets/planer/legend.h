#pragma once
#include <QColor>
#include <QPoint>
#include <QString>

#include <vector>

class QPainter;

namespace plumbline {

/// A colour and what it means; where the colour is none, a thin line stands for it.
struct LegendPart {
  QColor colour;
  QString words;
};

inline constexpr int legend_row = 20;

/// How many rows a legend takes: it goes on in a further one where the width ends.
int legend_rows(const std::vector<LegendPart>& parts, int width);
void paint_legend(QPainter& painter, const std::vector<LegendPart>& parts, QPoint at, int width);

}  // namespace plumbline

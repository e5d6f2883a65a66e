#include "widgets/planer/legend.h"

#include <QFontMetrics>
#include <QPainter>

#include "widgets/style/colours.h"
#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

constexpr int legend_patch = 10, patch_to_words = 6, words_to_patch = 12;

/// x in pixels, y in rows.
std::vector<QPoint> legend_places(const std::vector<LegendPart>& parts, int width) {
  const QFontMetrics font(ui_font(TextSize::caption));
  std::vector<QPoint> places;
  int x = 0, row = 0;
  for (const LegendPart& part : parts) {
    const int needed = legend_patch + patch_to_words + font.horizontalAdvance(part.words);
    if (x > 0 && x + needed > width) {
      x = 0;
      ++row;
    }
    places.emplace_back(x, row);
    x += needed + words_to_patch;
  }
  return places;
}

}  // namespace

int legend_rows(const std::vector<LegendPart>& parts, int width) {
  return parts.empty() ? 0 : legend_places(parts, width).back().y() + 1;
}

void paint_legend(QPainter& painter, const std::vector<LegendPart>& parts, QPoint at, int width) {
  const auto places = legend_places(parts, width);
  painter.setFont(ui_font(TextSize::caption));
  painter.setPen(colours().secondary_text);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const QRect row(at.x() + places[i].x(), at.y() + legend_row * places[i].y(), width, legend_row);
    const int middle = row.top() + legend_row / 2;
    if (parts[i].colour.isValid())
      painter.fillRect(row.left(), middle - legend_patch / 2, legend_patch, legend_patch,
                       parts[i].colour);
    else
      painter.fillRect(row.left(), middle, legend_patch, 1, colours().control_line);
    painter.drawText(row.adjusted(legend_patch + patch_to_words, 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter, parts[i].words);
  }
}

}  // namespace plumbline

#include "widgets/picture/object_boxes.h"

#include <algorithm>
#include <cmath>

#include "widgets/style/colours.h"

namespace plumbline {

namespace {

constexpr double box_context = 1.35;
constexpr double least_shown_width = 64;  // of what is shown, in the image's pixels

}  // namespace

void draw_truth_box(QPainter& painter, const QRectF& box, TruthStyle style) {
  const qreal width = style == TruthStyle::bold ? 2 : 1.4;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(truth_casing(), width + 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
  painter.drawRect(box);
  QPen line(truth_line(), width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin);
  if (style == TruthStyle::claimed) line.setDashPattern({4 / width, 3 / width});
  painter.setPen(line);
  painter.drawRect(box);
  painter.restore();
}

PixelRect surroundings_of(const PixelRect& box, int width, int height) {
  const double aspect = static_cast<double>(width) / height;
  const double wide =
      std::max({box.width * box_context, box.height * box_context * aspect, least_shown_width});
  const double high = wide / aspect;
  const double x = box.left + box.width / 2.0, y = box.top + box.height / 2.0;
  return {static_cast<int>(std::lround(x - wide / 2)), static_cast<int>(std::lround(y - high / 2)),
          static_cast<int>(std::lround(wide)), static_cast<int>(std::lround(high))};
}

}  // namespace plumbline

#include "widgets/style/marks.h"

#include <QPainterPath>

namespace plumbline {

void draw_verdict_mark(QPainter& painter, const QRectF& box, Verdict verdict,
                       const QColor& colour) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  const QPointF centre = box.center();
  switch (verdict) {
    case Verdict::kept: painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5)); break;
    case Verdict::undetected: {
      const QPointF corners[] = {{centre.x(), box.top() + 0.5},
                                 {box.right(), box.bottom() - 0.5},
                                 {box.left(), box.bottom() - 0.5}};
      painter.drawPolygon(corners, 3);
      break;
    }
    case Verdict::caught: painter.drawRect(box.adjusted(1, 1, -1, -1)); break;
    case Verdict::needlessly_rejected: {
      const QPointF corners[] = {{centre.x(), box.top()},
                                 {box.right(), centre.y()},
                                 {centre.x(), box.bottom()},
                                 {box.left(), centre.y()}};
      painter.drawPolygon(corners, 4);
      break;
    }
    case Verdict::unjudged:
      painter.setBrush(Qt::NoBrush);
      painter.setPen(QPen(colour, 1.5));
      painter.drawEllipse(box.adjusted(1.25, 1.25, -1.25, -1.25));
      break;
  }
  painter.restore();
}

void draw_cross(QPainter& painter, const QRectF& box, const QColor& colour) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::FlatCap));
  const QRectF arms = box.adjusted(1, 1, -1, -1);
  painter.drawLine(arms.topLeft(), arms.bottomRight());
  painter.drawLine(arms.bottomLeft(), arms.topRight());
  painter.restore();
}

void draw_chevron(QPainter& painter, const QRectF& box, Qt::ArrowType direction,
                  const QColor& colour, qreal half_width) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colour, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.translate(box.center());
  switch (direction) {
    case Qt::UpArrow: painter.rotate(180); break;
    case Qt::RightArrow: painter.rotate(-90); break;
    case Qt::LeftArrow: painter.rotate(90); break;
    default: break;
  }
  const qreal half_height = half_width / 2;
  const QPointF points[] = {
      {-half_width, -half_height}, {0, half_height}, {half_width, -half_height}};
  painter.drawPolyline(points, 3);
  painter.restore();
}

void draw_arrow(QPainter& painter, const QRectF& box, bool down, const QColor& colour) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colour, 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.translate(box.center());
  if (!down) painter.rotate(180);
  painter.drawLine(QPointF(0, -5), QPointF(0, 5));
  const QPointF head[] = {{-3.5, 1.5}, {0, 5}, {3.5, 1.5}};
  painter.drawPolyline(head, 3);
  painter.restore();
}

void draw_tree_icon(QPainter& painter, const QRectF& box, TreeIcon icon, const QColor& colour) {
  if (icon == TreeIcon::none) return;
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(colour, 1.2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.translate(box.topLeft());
  painter.scale(box.width() / 14, box.height() / 14);
  switch (icon) {
    case TreeIcon::dataset: {  // a cylinder
      QPainterPath path;
      path.addEllipse(QRectF(2, 1.5, 10, 3.6));
      for (const qreal y : {3.3, 6.9, 10.5}) {
        path.moveTo(2, y);
        if (y > 4) path.cubicTo(2, y + 2.4, 12, y + 2.4, 12, y);
      }
      path.moveTo(2, 3.3);
      path.lineTo(2, 10.7);
      path.moveTo(12, 3.3);
      path.lineTo(12, 10.7);
      painter.drawPath(path);
      break;
    }
    case TreeIcon::model:  // layers
      painter.drawRect(QRectF(4, 1.5, 6, 3));
      painter.drawRect(QRectF(2, 9, 10, 3.5));
      painter.drawLine(QPointF(7, 4.5), QPointF(7, 9));
      painter.drawLine(QPointF(3.5, 6.8), QPointF(10.5, 6.8));
      break;
    case TreeIcon::run: {
      const QPointF corners[] = {{3.5, 2}, {11.5, 7}, {3.5, 12}};
      painter.drawPolygon(corners, 3);
      break;
    }
    case TreeIcon::search: {  // a path downwards
      const QPointF corners[] = {{1.5, 3}, {4.5, 6.5}, {6.5, 5}, {9, 10}, {12.5, 11}};
      painter.drawPolyline(corners, 5);
      break;
    }
    case TreeIcon::decision: {  // a threshold with what is accepted above it
      painter.drawLine(QPointF(2, 8.5), QPointF(12, 8.5));
      const QPointF corners[] = {{7, 1.5}, {9.5, 4}, {7, 6.5}, {4.5, 4}};
      painter.drawPolygon(corners, 4);
      painter.drawEllipse(QPointF(7, 11.3), 1.2, 1.2);
      break;
    }
    case TreeIcon::none: break;
  }
  painter.restore();
}

}  // namespace plumbline

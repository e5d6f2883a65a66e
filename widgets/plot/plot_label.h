#pragma once
#include <QColor>
#include <QGlyphRun>

#include <vector>

#include "widgets/plot/qcustomplot.h"

namespace plumbline {

/// Words at a point of a plot, with a halo of the ground so that lines below do not disturb. It may
/// stand at several sides of its point; place_labels() chooses.
class PlotLabel : public QCPAbstractItem {
  Q_OBJECT
 public:
  struct Line {
    QString text;
    QColor colour;
    bool strong = false;
  };
  /// Which side of the point the words are on, and how far from it.
  struct Side {
    Qt::Alignment alignment = Qt::AlignRight | Qt::AlignVCenter;
    double distance = 8;
  };

  explicit PlotLabel(QCustomPlot* plot);
  QCPItemPosition* const position;

  void set_lines(const std::vector<Line>& lines);
  void set_sides(std::vector<Side> sides);
  /// The words stand at this side, moved by so much: towards the middle where they would be cut
  /// off.
  void choose(std::size_t side, QPointF shift = {}) {
    side_ = side;
    shift_ = shift;
  }
  std::size_t sides() const { return sides_.size(); }
  QRectF box(std::size_t side) const;
  QRectF box() const { return box(side_).translated(shift_); }
  QString text() const;

  double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }

 protected:
  void draw(QCPPainter* painter) override;

 private:
  /// A line as it is painted: shaped once, since a label that follows a slider is asked for its
  /// size several times before it is painted.
  struct Shaped {
    Line line;
    double width = 0, ascent = 0, descent = 0;
    QList<QGlyphRun> glyphs;
  };
  static Shaped shape(Line line);
  QSizeF size() const;
  void draw_glyphs(QCPPainter* painter, const Shaped& line, QPointF base) const;
  std::vector<Shaped> lines_;
  std::vector<Side> sides_;
  std::size_t side_ = 0;
  QPointF shift_;
};

/// Gives each label, in the order of their importance, the first of its sides where it lies within
/// `bounds` and on nothing in `taken`, else the one that covers least; a label that would stick out
/// of `bounds` is moved into them, as little as it takes. Adds their boxes to `taken`.
void place_labels(const std::vector<PlotLabel*>& labels, std::vector<QRectF>& taken,
                  const QRectF& bounds);

}  // namespace plumbline

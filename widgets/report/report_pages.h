#pragma once
#include <QByteArray>
#include <QColor>
#include <QFont>
#include <QLineF>
#include <QPolygonF>
#include <QRectF>
#include <QString>

#include <functional>
#include <variant>
#include <vector>

#include "core/report/document.h"

class QPainter;

namespace plumbline {

// A report as it is printed: always light, A4, in tenths of a point, so that fonts have sizes
// between points and a preview at any scale has the same breaks.

inline constexpr double paper_width = 5953, paper_height = 8419, paper_margin = 540;

struct PlacedText {
  QPointF at;  ///< left end of the base line
  QString text;
  QFont font;
  QColor colour;
};
struct PlacedLine {
  QLineF line;
  double width = 5;
  QColor colour;
};
struct PlacedShape {
  QPolygonF shape;  ///< empty: a disc in the rectangle
  QRectF box;
  QColor fill, outline;
  double width = 0;
};
struct PlacedPlot {
  QRectF box;
  QByteArray svg;
};
struct PlacedImage {
  QRectF box;
  QByteArray bytes;  ///< as in the file
};
using PlacedItem = std::variant<PlacedText, PlacedLine, PlacedShape, PlacedPlot, PlacedImage>;

struct PaperPage {
  std::vector<PlacedItem> items;
};

/// A heading: where a bookmark leads.
struct PlacedHeading {
  QString title, section;  ///< key of the section; empty for a group's heading
  int level = 0, page = 0;
  double y = 0;
};

struct ReportPages {
  std::vector<PaperPage> pages;
  std::vector<PlacedHeading> headings;

  /// How many pages a section touches; 0 where it is not there.
  int pages_of(const QString& section) const;
};

/// Breaks a report into pages: no heading stands alone at the foot of one, no row of a table and no
/// picture is divided, heads of tables come again. `go_on` is asked now and then; false stops, and
/// what there is then is of no use. Needs fonts, so a QGuiApplication; may be called on any thread.
ReportPages lay_out_report(const Report& report, const std::function<bool()>& go_on = {});

/// Paints a page whose upper left corner is at the painter's origin, in the painter's units scaled
/// so that the page is paper_width wide.
void paint_report_page(QPainter& painter, const ReportPages& pages, std::size_t page);

}  // namespace plumbline

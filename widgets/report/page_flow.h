#pragma once
#include <QString>

#include "widgets/report/report_pages.h"

namespace plumbline {

/// The places that text is set in.
struct ReportFonts {
  QFont title, group, heading, lead, body, small, table, table_strong, mono, tiny;
  ReportFonts();
};

/// Fills pages from top to bottom.
class PageFlow {
 public:
  explicit PageFlow(ReportPages& out) : out_(out) { new_page(); }

  static constexpr double left = paper_margin, right = paper_width - paper_margin;
  static constexpr double top = paper_margin, bottom = paper_height - paper_margin - 120;
  static constexpr double width = right - left;

  double y() const { return y_; }
  double room() const { return bottom - y_; }
  bool at_top() const { return y_ <= top; }
  int page() const { return static_cast<int>(out_.pages.size()) - 1; }
  void new_page();
  /// Goes to a new page unless so much is left.
  void need(double height);
  void skip(double height) { y_ = at_top() ? y_ : y_ + height; }
  void advance(double height) { y_ += height; }
  void place(PlacedItem item) { out_.pages.back().items.push_back(std::move(item)); }
  void heading(const QString& title, const QString& section, int level);

  /// Lines of a text within a width; long words are broken.
  static QStringList lines_of(const QString& text, const QFont& font, double width);
  static double line_height(const QFont& font);
  static double text_width(const QString& text, const QFont& font);
  /// Sets lines from here on, going to new pages where they do not fit.
  void set_text(const QString& text, const QFont& font, const QColor& colour, double indent = 0);

 private:
  ReportPages& out_;
  double y_ = top;
};

}  // namespace plumbline

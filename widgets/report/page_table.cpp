#include "widgets/report/page_table.h"

#include <QFontMetricsF>

#include <algorithm>
#include <numeric>

#include "core/types/visible_text.h"
#include "widgets/style/colours.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double cell_gap = 70, row_padding = 44, mark_side = 70, mark_gap = 60;
constexpr std::size_t wide_table = 9;

QString table_words(const Text& text, const Report& report) {
  return text_of(visible_text(plain_words(text, report)));
}

/// A table with its columns' widths and its cells' lines.
class TableSetter {
 public:
  TableSetter(const ReportTable& table, const Report& report, const ReportFonts& fonts)
      : table_(table), report_(report), fonts_(fonts) {
    if (table.heads.size() > wide_table) fonts_.table = fonts_.table_strong = fonts_.tiny;
    fonts_.table_strong.setWeight(QFont::DemiBold);
    find_widths();
  }

  double caption_height() const {
    if (table_.caption.empty()) return 0;
    return static_cast<double>(caption_lines().size()) * PageFlow::line_height(fonts_.small) + 30;
  }
  double heads_height() const {
    if (!has_heads()) return 0;
    std::size_t most = 1;
    for (std::size_t c = 0; c < table_.heads.size(); ++c)
      most = std::max<std::size_t>(most, static_cast<std::size_t>(head_lines(c).size()));
    return static_cast<double>(most) * PageFlow::line_height(fonts_.table) + row_padding;
  }
  double row_height(const TableRow& row) const {
    std::size_t most = 1;
    for (std::size_t c = 0; c < row.cells.size(); ++c)
      most = std::max<std::size_t>(most, static_cast<std::size_t>(cell_lines(row, c).size()));
    return static_cast<double>(most) * PageFlow::line_height(fonts_.table) + row_padding;
  }

  /// Caption, heads and the first two rows; a short table stays in one piece.
  double least_height() const {
    constexpr std::size_t short_table = 8;
    double height = caption_height() + heads_height();
    const std::size_t rows = table_.rows.size() <= short_table ? table_.rows.size() : 2;
    for (std::size_t r = 0; r < rows; ++r) height += row_height(table_.rows[r]);
    return height;
  }

  void set(PageFlow& flow) const {
    const Colours& c = colours(Theme::light);
    flow.need(least_height());
    if (!table_.caption.empty()) {
      flow.set_text(table_words(Text(table_.caption), report_), fonts_.small, c.secondary_text);
      flow.advance(30);
    }
    set_heads(flow);
    for (std::size_t r = 0; r < table_.rows.size(); ++r) {
      const double height = row_height(table_.rows[r]);
      // The last row is not left alone on a page of its own.
      const double together =
          r > 0 && r + 2 == table_.rows.size() ? height + row_height(table_.rows.back()) : height;
      if (together > flow.room() && !flow.at_top()) {
        rule(flow, 8, c.line);
        flow.new_page();
        set_heads(flow);
      }
      set_row(flow, table_.rows[r]);
      flow.advance(height);
      const bool last = r + 1 == table_.rows.size();
      rule(flow, last ? 8 : 4, last ? c.line : c.faint_line);
    }
  }

 private:
  bool has_heads() const {
    return std::ranges::any_of(table_.heads, [](const std::string& head) { return !head.empty(); });
  }
  bool is_numeric(std::size_t column) const {
    return column < table_.numeric.size() && table_.numeric[column];
  }
  QStringList caption_lines() const {
    return PageFlow::lines_of(table_words(Text(table_.caption), report_), fonts_.small,
                              PageFlow::width);
  }
  QStringList head_lines(std::size_t column) const {
    return PageFlow::lines_of(table_words(Text(table_.heads[column]), report_), fonts_.table,
                              widths_[column]);
  }
  double mark_indent(const TableRow& row, std::size_t column) const {
    return column == 0 && row.mark ? mark_side + mark_gap : 0;
  }
  QStringList cell_lines(const TableRow& row, std::size_t column) const {
    if (column >= widths_.size()) return {};
    const TableCell& cell = row.cells[column];
    return PageFlow::lines_of(table_words(cell.text, report_),
                              cell.strong ? fonts_.table_strong : fonts_.table,
                              widths_[column] - mark_indent(row, column));
  }

  /// Columns of numbers as wide as their widest one; what is left goes to words, by how long they
  /// are.
  void find_widths() {
    const std::size_t columns = table_.heads.size();
    std::vector<double> natural(columns, 0), least(columns, 0);
    for (std::size_t c = 0; c < columns; ++c) {
      const QString head = table_words(Text(table_.heads[c]), report_);
      double longest_word = 0;
      for (const QString& word : head.split(u' '))
        longest_word = std::max(longest_word, PageFlow::text_width(word, fonts_.table) + 40);
      longest_word = std::min(longest_word, 900.0);
      // Heads of numbers may take some lines; the numbers themselves take one.
      const double whole_head = PageFlow::text_width(head, fonts_.table);
      natural[c] = is_numeric(c) ? std::max(longest_word, std::min(whole_head, 620.0)) : whole_head;
      double numbers = longest_word;
      for (const TableRow& row : table_.rows) {
        if (c >= row.cells.size()) continue;
        const TableCell& cell = row.cells[c];
        const double width =
            PageFlow::text_width(table_words(cell.text, report_),
                                 cell.strong ? fonts_.table_strong : fonts_.table) +
            mark_indent(row, c) + 40;
        natural[c] = std::max(natural[c], width);
        numbers = std::max(numbers, width);
      }
      least[c] =
          std::min(is_numeric(c) ? numbers : std::min(natural[c], 900.0), PageFlow::width / 2);
    }
    const double all = PageFlow::width - cell_gap * static_cast<double>(columns - 1);
    const double needed = std::accumulate(natural.begin(), natural.end(), 0.0);
    const double minimum = std::accumulate(least.begin(), least.end(), 0.0);
    widths_ = natural;
    if (needed <= all) {
      widths_.front() += columns > 1 ? (all - needed) * (columns > 3 ? 1.0 : 0.3) : all - needed;
      if (columns > 1 && columns <= 3) widths_.back() += (all - needed) * 0.7;
      return;
    }
    if (minimum < all) {
      const double share = (all - minimum) / (needed - minimum);
      for (std::size_t c = 0; c < columns; ++c)
        widths_[c] = least[c] + (natural[c] - least[c]) * share;
      return;
    }
    for (std::size_t c = 0; c < columns; ++c) widths_[c] = least[c] * all / minimum;
  }

  static void rule(PageFlow& flow, double width, const QColor& colour) {
    flow.place(PlacedLine{{PageFlow::left, flow.y(), PageFlow::right, flow.y()}, width, colour});
  }

  void set_lines(PageFlow& flow, const QStringList& lines, std::size_t column, double indent,
                 const QFont& font, const QColor& colour) const {
    double x = PageFlow::left;
    for (std::size_t c = 0; c < column; ++c) x += widths_[c] + cell_gap;
    double y = flow.y() + row_padding / 2 + QFontMetricsF(font).ascent();
    for (const QString& line : lines) {
      const double shift =
          is_numeric(column) ? widths_[column] - PageFlow::text_width(line, font) : indent;
      flow.place(PlacedText{{x + shift, y}, line, font, colour});
      y += PageFlow::line_height(font);
    }
  }

  void set_heads(PageFlow& flow) const {
    const Colours& c = colours(Theme::light);
    rule(flow, 12, c.text);
    if (!has_heads()) return;
    const double height = heads_height();
    for (std::size_t column = 0; column < table_.heads.size(); ++column)
      set_lines(flow, head_lines(column), column, 0, fonts_.table, c.secondary_text);
    flow.advance(height);
    rule(flow, 6, c.line);
  }

  void set_row(PageFlow& flow, const TableRow& row) const {
    const Colours& c = colours(Theme::light);
    if (row.mark) set_mark(flow, *row.mark);
    for (std::size_t column = 0; column < std::min(row.cells.size(), widths_.size()); ++column) {
      const TableCell& cell = row.cells[column];
      const bool interval =
          cell.text.parts.size() == 1 &&
          std::holds_alternative<FigureUse>(cell.text.parts.front()) &&
          std::get<FigureUse>(cell.text.parts.front()).part == FigurePart::interval;
      set_lines(flow, cell_lines(row, column), column, mark_indent(row, column),
                cell.strong ? fonts_.table_strong : fonts_.table,
                interval ? c.secondary_text : c.text);
    }
  }

  void set_mark(PageFlow& flow, Verdict verdict) const {
    const QFontMetricsF metrics(fonts_.table);
    const double middle = flow.y() + row_padding / 2 + metrics.ascent() - metrics.xHeight() / 2;
    const QRectF box(PageFlow::left, middle - mark_side / 2, mark_side, mark_side);
    QPolygonF shape;
    switch (verdict) {
      case Verdict::undetected:
        shape << QPointF(box.center().x(), box.top()) << box.bottomRight() << box.bottomLeft();
        break;
      case Verdict::caught: shape = QPolygonF(box.adjusted(5, 5, -5, -5)); break;
      case Verdict::needlessly_rejected:
        shape << QPointF(box.center().x(), box.top()) << QPointF(box.right(), box.center().y())
              << QPointF(box.center().x(), box.bottom()) << QPointF(box.left(), box.center().y());
        break;
      default: break;
    }
    flow.place(PlacedShape{shape, box, verdict_fill(verdict), {}, 0});
  }

  const ReportTable& table_;
  const Report& report_;
  ReportFonts fonts_;
  std::vector<double> widths_;
};

}  // namespace

void set_table(PageFlow& flow, const ReportTable& table, const Report& report,
               const ReportFonts& fonts) {
  if (!table.heads.empty()) TableSetter(table, report, fonts).set(flow);
}

double least_table_height(const ReportTable& table, const Report& report,
                          const ReportFonts& fonts) {
  if (table.heads.empty()) return 0;
  return TableSetter(table, report, fonts).least_height();
}

}  // namespace plumbline

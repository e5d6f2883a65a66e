#include "widgets/report/report_pages.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>

#include <algorithm>
#include <set>

#include "core/report/writers/svg_plot.h"
#include "core/types/visible_text.h"
#include "widgets/report/page_flow.h"
#include "widgets/report/page_table.h"
#include "widgets/style/colours.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double case_gap = 60, plot_gap = 130;
constexpr int case_columns = 6;

QString shown_text(const Text& text, const Report& report) {
  return text_of(visible_text(plain_words(text, report)));
}

/// Lays out one report. Paper is light whatever the theme.
class Typesetter {
 public:
  Typesetter(const Report& report, ReportPages& out, const std::function<bool()>& go_on)
      : report_(report), flow_(out), go_on_(go_on) {}

  void set() {
    const Colours& c = colours(Theme::light);
    flow_.set_text(text_of(visible_text(report_.title)), fonts_.title, c.text);
    flow_.skip(20);
    flow_.set_text(text_of(visible_text(report_.subtitle)), fonts_.small, c.secondary_text);
    flow_.skip(90);
    if (!report_.remarks.empty()) {
      flow_.set_text(text_of(visible_text(report_.remarks)), fonts_.body, c.text);
      flow_.skip(80);
    }
    std::string group;
    for (const ReportSectionText& section : report_.sections) {
      if (go_on_ && !go_on_()) return;
      const bool several = has_several(section.group);
      const bool first = section.group != group;
      group = section.group;
      const double next = section.blocks.empty() ? 0 : least_height(section.blocks.front());
      if (first && several)
        set_heading(text_of(group_title(group)), {}, 0, next + heading_height(fonts_.heading));
      set_heading(text_of(section.title), text_of(section.key), several ? 1 : 0, next);
      for (const ReportBlock& block : section.blocks)
        std::visit([this](const auto& content) { add(content); }, block);
      flow_.skip(70);
    }
  }

 private:
  bool has_several(const std::string& group) const {
    return std::ranges::count(report_.sections, group, &ReportSectionText::group) > 1;
  }

  double heading_height(const QFont& font) const { return PageFlow::line_height(font) + 150; }

  /// So much of a block has to stand below its heading.
  double least_height(const ReportBlock& block) const {
    if (const auto* table = std::get_if<ReportTable>(&block))
      return least_table_height(*table, report_, fonts_);
    if (const auto* plots = std::get_if<PlotRow>(&block))
      return plots->plots.empty() ? 0 : row_height(*plots) + 160;
    if (const auto* grid = std::get_if<CaseGrid>(&block)) return first_cases_height(*grid);
    return 3 * PageFlow::line_height(fonts_.lead);
  }

  void set_heading(const QString& title, const QString& section, int level, double next) {
    const Colours& c = colours(Theme::light);
    const QFont& font = level == 0 ? fonts_.group : fonts_.heading;
    flow_.need(heading_height(font) + next);
    flow_.skip(level == 0 ? 110 : 60);
    flow_.heading(title, section, level);
    flow_.set_text(title, font, c.text);
    flow_.advance(45);
  }

  void add(const Paragraph& paragraph) {
    const Colours& c = colours(Theme::light);
    const QString text = shown_text(paragraph.text, report_);
    switch (paragraph.role) {
      case Paragraph::Role::lead: flow_.set_text(text, fonts_.lead, c.text); break;
      case Paragraph::Role::caution: {
        const double from = flow_.y();
        const int page = flow_.page();
        const QColor colour = verdict_text_on_paper();
        flow_.set_text(text, fonts_.body, colour, 110);
        if (page == flow_.page())
          flow_.place(
              PlacedLine{{PageFlow::left + 25, from, PageFlow::left + 25, flow_.y()}, 25, colour});
        break;
      }
      case Paragraph::Role::small:
      case Paragraph::Role::missing: flow_.set_text(text, fonts_.small, c.secondary_text); break;
      case Paragraph::Role::body: flow_.set_text(text, fonts_.body, c.text); break;
    }
    flow_.skip(60);
  }

  /// Brown of what is rejected needlessly, as text on a light ground.
  static QColor verdict_text_on_paper() { return QColor(0x8A, 0x5A, 0x00); }

  void add(const ReportTable& table) {
    set_table(flow_, table, report_, fonts_);
    flow_.skip(90);
  }

  /// One plot takes two thirds of the width; of several two stand beside each other.
  static double plot_width(const PlotRow& row) {
    return row.plots.size() < 2 ? PageFlow::width * 0.68 : (PageFlow::width - plot_gap) / 2;
  }
  static double plot_height(const PlotRow& row, const ReportPlot& plot) {
    return plot_width(row) * svg_height(plot) / svg_width;
  }
  /// Of the first two.
  static double row_height(const PlotRow& row) {
    double height = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(row.plots.size(), 2); ++i)
      height = std::max(height, plot_height(row, row.plots[i]));
    return height;
  }

  void add(const PlotRow& row) {
    const Colours& c = colours(Theme::light);
    const double width = plot_width(row), line = PageFlow::line_height(fonts_.small);
    const std::size_t columns = row.plots.size() < 2 ? 1 : 2;
    for (std::size_t first = 0; first < row.plots.size(); first += columns) {
      const std::size_t end = std::min(first + columns, row.plots.size());
      std::vector<QStringList> titles;
      double height = 0;
      qsizetype lines = 0;
      for (std::size_t i = first; i < end; ++i) {
        titles.push_back(PageFlow::lines_of(QStringLiteral("Figure %1. %2")
                                                .arg(++plots_)
                                                .arg(text_of(visible_text(row.plots[i].title))),
                                            fonts_.small, columns == 1 ? PageFlow::width : width));
        lines = std::max(lines, titles.back().size());
        height = std::max(height, plot_height(row, row.plots[i]));
      }
      const double above = static_cast<double>(lines) * line;
      flow_.need(above + 20 + height + 60);
      for (std::size_t i = first; i < end; ++i) {
        const double x = PageFlow::left + static_cast<double>(i - first) * (width + plot_gap);
        double y = flow_.y() + QFontMetricsF(fonts_.small).ascent();
        for (const QString& words : titles[i - first]) {
          flow_.place(PlacedText{{x, y}, words, fonts_.small, c.secondary_text});
          y += line;
        }
        flow_.place(PlacedPlot{{x, flow_.y() + above + 20, width, plot_height(row, row.plots[i])},
                               QByteArray::fromStdString(svg_of(row.plots[i]))});
      }
      flow_.advance(above + 20 + height + 60);
    }
  }

  static double case_side() {
    return (PageFlow::width - (case_columns - 1) * case_gap) / case_columns;
  }

  struct CaseText {
    QStringList caption, votes;
  };

  CaseText case_text(const ReportCase& one) const {
    CaseText text{PageFlow::lines_of(text_of(visible_text(one.caption)), fonts_.small, case_side()),
                  PageFlow::lines_of(text_of(visible_text(one.votes)), fonts_.tiny, case_side())};
    if (!one.remarks.empty())
      text.votes << PageFlow::lines_of(text_of(visible_text(one.remarks)), fonts_.tiny,
                                       case_side());
    const auto shorten = [](QStringList& lines, qsizetype most) {
      if (lines.size() <= most) return;
      lines.resize(most);
      lines.back() = lines.back().left(std::max<qsizetype>(lines.back().size() - 1, 0)) + u'…';
    };
    shorten(text.caption, 2);
    shorten(text.votes, 4);
    return text;
  }

  double texts_height(const CaseText& text) const {
    return static_cast<double>(text.caption.size()) * PageFlow::line_height(fonts_.small) +
           static_cast<double>(text.votes.size()) * PageFlow::line_height(fonts_.tiny);
  }

  /// The grid's title and its first row.
  double first_cases_height(const CaseGrid& grid) const {
    double height = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(grid.cases.size(), case_columns); ++i)
      height = std::max(height, texts_height(case_text(grid.cases[i])));
    return PageFlow::line_height(fonts_.table_strong) + case_side() + height + 120;
  }

  void add(const CaseGrid& grid) {
    const Colours& c = colours(Theme::light);
    const double side = case_side(), caption = PageFlow::line_height(fonts_.small),
                 votes = PageFlow::line_height(fonts_.tiny);
    flow_.need(first_cases_height(grid));
    flow_.set_text(text_of(visible_text(grid.title)), fonts_.table_strong, c.text);
    flow_.advance(40);
    for (std::size_t first = 0; first < grid.cases.size(); first += case_columns) {
      if (go_on_ && !go_on_()) return;
      const std::size_t end = std::min(first + case_columns, grid.cases.size());
      std::vector<CaseText> texts;
      double height = 0;
      for (std::size_t i = first; i < end; ++i) {
        texts.push_back(case_text(grid.cases[i]));
        height = std::max(height, texts_height(texts.back()));
      }
      flow_.need(side + height + 40);
      for (std::size_t i = first; i < end; ++i) {
        const double x = PageFlow::left + static_cast<double>(i - first) * (side + case_gap);
        set_picture(grid.cases[i], QRectF(x, flow_.y(), side, side));
        double y = flow_.y() + side + 15;
        for (const QString& line : texts[i - first].caption) {
          flow_.place(PlacedText{
              {x, y + QFontMetricsF(fonts_.small).ascent()}, line, fonts_.small, c.text});
          y += caption;
        }
        for (const QString& line : texts[i - first].votes) {
          flow_.place(PlacedText{
              {x, y + QFontMetricsF(fonts_.tiny).ascent()}, line, fonts_.tiny, c.secondary_text});
          y += votes;
        }
      }
      flow_.advance(side + height + 75);
    }
    if (!grid.left_out.empty())
      flow_.set_text(text_of(grid.left_out), fonts_.small, c.secondary_text);
    flow_.skip(60);
  }

  void set_picture(const ReportCase& one, const QRectF& box) {
    const Colours& c = colours(Theme::light);
    const QColor frame = one.verdict == Verdict::unjudged ? c.line : verdict_fill(one.verdict);
    flow_.place(PlacedShape{QPolygonF(box), box, c.alternate_base, frame, 18});
    if (one.image.mime.empty()) {
      const QStringList lines = PageFlow::lines_of(text_of(visible_text(one.image.problem)),
                                                   fonts_.tiny, box.width() - 60)
                                    .mid(0, 6);
      double y = box.center().y() -
                 static_cast<double>(lines.size()) * PageFlow::line_height(fonts_.tiny) / 2;
      for (const QString& line : lines) {
        flow_.place(
            PlacedText{{box.left() + (box.width() - PageFlow::text_width(line, fonts_.tiny)) / 2,
                        y + QFontMetricsF(fonts_.tiny).ascent()},
                       line,
                       fonts_.tiny,
                       c.secondary_text});
        y += PageFlow::line_height(fonts_.tiny);
      }
      return;
    }
    const double scale =
        std::min((box.width() - 20) / one.image.width, (box.height() - 20) / one.image.height);
    QRectF place(0, 0, one.image.width * scale, one.image.height * scale);
    place.moveCenter(box.center());
    flow_.place(PlacedImage{place, QByteArray::fromStdString(one.image.bytes)});
  }

  void add(const Listing& listing) {
    const Colours& c = colours(Theme::light);
    if (!listing.title.empty())
      flow_.set_text(text_of(visible_text(listing.title)), fonts_.small, c.secondary_text);
    for (const std::string& line : listing.lines)
      flow_.set_text(text_of(visible_text(line)), fonts_.mono, c.text, 60);
    flow_.skip(80);
  }

  const Report& report_;
  ReportFonts fonts_;
  PageFlow flow_;
  const std::function<bool()>& go_on_;
  int plots_ = 0;
};

void add_feet(const Report& report, ReportPages& pages) {
  const ReportFonts fonts;
  const Colours& c = colours(Theme::light);
  const double y = paper_height - paper_margin + 60;
  for (std::size_t i = 0; i < pages.pages.size(); ++i) {
    auto& items = pages.pages[i].items;
    const QString number = QStringLiteral("%1 of %2").arg(i + 1).arg(pages.pages.size());
    items.emplace_back(PlacedText{{PageFlow::right - PageFlow::text_width(number, fonts.small), y},
                                  number,
                                  fonts.small,
                                  c.secondary_text});
    QString title = text_of(visible_text(report.title));
    const QFontMetricsF metrics(fonts.small);
    title = metrics.elidedText(title, Qt::ElideRight, PageFlow::width * 0.8);
    items.emplace_back(PlacedText{{PageFlow::left, y}, title, fonts.small, c.secondary_text});
    items.emplace_back(PlacedLine{{PageFlow::left, y - 110, PageFlow::right, y - 110}, 5, c.line});
  }
}

void paint_item(QPainter& painter, const PlacedText& text) {
  painter.setFont(text.font);
  painter.setPen(text.colour);
  painter.drawText(text.at, text.text);
}

void paint_item(QPainter& painter, const PlacedLine& line) {
  painter.setPen(QPen(line.colour, line.width, Qt::SolidLine, Qt::FlatCap));
  painter.drawLine(line.line);
}

void paint_item(QPainter& painter, const PlacedShape& shape) {
  painter.setPen(shape.width > 0 ? QPen(shape.outline, shape.width) : QPen(Qt::NoPen));
  painter.setBrush(shape.fill);
  if (shape.shape.isEmpty())
    painter.drawEllipse(shape.box);
  else
    painter.drawPolygon(shape.shape);
}

void paint_item(QPainter& painter, const PlacedPlot& plot) {
  QSvgRenderer renderer(plot.svg);
  renderer.render(&painter, plot.box);
}

void paint_item(QPainter& painter, const PlacedImage& image) {
  painter.drawImage(image.box, QImage::fromData(image.bytes));
}

}  // namespace

int ReportPages::pages_of(const QString& section) const {
  for (std::size_t i = 0; i < headings.size(); ++i) {
    if (headings[i].section != section) continue;
    const int first = headings[i].page;
    const bool last = i + 1 == headings.size();
    const int end = last ? static_cast<int>(pages.size()) - 1 : headings[i + 1].page;
    // The next one may begin at the top of its page.
    const bool next_at_top = !last && headings[i + 1].y <= PageFlow::top && end > first;
    return end - first + (next_at_top ? 0 : 1);
  }
  return 0;
}

ReportPages lay_out_report(const Report& report, const std::function<bool()>& go_on) {
  ReportPages pages;
  Typesetter(report, pages, go_on).set();
  add_feet(report, pages);
  return pages;
}

void paint_report_page(QPainter& painter, const ReportPages& pages, std::size_t page) {
  if (page >= pages.pages.size()) return;
  painter.save();
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing |
                         QPainter::SmoothPixmapTransform);
  for (const PlacedItem& item : pages.pages[page].items)
    std::visit([&](const auto& placed) { paint_item(painter, placed); }, item);
  painter.restore();
}

}  // namespace plumbline

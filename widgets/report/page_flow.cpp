#include "widgets/report/page_flow.h"

#include <QFontDatabase>
#include <QFontMetricsF>
#include <QTextLayout>

#include <cmath>

#include "widgets/style/fonts.h"

namespace plumbline {

namespace {

QFont paper_font(int tenths, QFont::Weight weight = QFont::Normal) {
  QFont font = ui_font(TextSize::normal, weight);
  font.setPixelSize(tenths);
  font.setHintingPreference(QFont::PreferNoHinting);
  // Glyphs that shaping would take instead (a bracket as high as capitals) have no letter behind
  // them, so that who searches or copies the text of a PDF would miss it.
  font.setStyleStrategy(QFont::PreferNoShaping);
  return font;
}

}  // namespace

ReportFonts::ReportFonts()
    : title(paper_font(170, QFont::DemiBold)),
      group(paper_font(132, QFont::DemiBold)),
      heading(paper_font(112, QFont::DemiBold)),
      lead(paper_font(100)),
      body(paper_font(96)),
      small(paper_font(80)),
      table(paper_font(82)),
      table_strong(paper_font(82, QFont::DemiBold)),
      mono(QFontDatabase::systemFont(QFontDatabase::FixedFont)),
      tiny(paper_font(68)) {
  mono.setPixelSize(80);
  mono.setHintingPreference(QFont::PreferNoHinting);
}

void PageFlow::new_page() {
  out_.pages.emplace_back();
  y_ = top;
}

void PageFlow::need(double height) {
  if (!at_top() && height > room()) new_page();
}

void PageFlow::heading(const QString& title, const QString& section, int level) {
  out_.headings.push_back({title, section, level, page(), y_});
}

double PageFlow::line_height(const QFont& font) {
  return std::ceil(QFontMetricsF(font).height() * 1.16);
}

double PageFlow::text_width(const QString& text, const QFont& font) {
  return QFontMetricsF(font).horizontalAdvance(text);
}

QStringList PageFlow::lines_of(const QString& text, const QFont& font, double width) {
  QStringList lines;
  for (const QString& paragraph : text.split(u'\n')) {
    QTextLayout layout(paragraph, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine())
      line.setLineWidth(width);
    layout.endLayout();
    for (int i = 0; i < layout.lineCount(); ++i) {
      const QTextLine line = layout.lineAt(i);
      lines << paragraph.mid(line.textStart(), line.textLength()).trimmed();
    }
  }
  return lines;
}

void PageFlow::set_text(const QString& text, const QFont& font, const QColor& colour,
                        double indent) {
  const double height = line_height(font), ascent = QFontMetricsF(font).ascent();
  const QStringList lines = lines_of(text, font, width - indent);
  // Neither the first line alone below nor the last one alone above.
  if (lines.size() > 1) need(2 * height);
  for (qsizetype i = 0; i < lines.size(); ++i) {
    need(height);
    place(PlacedText{{left + indent, y_ + ascent}, lines[i], font, colour});
    y_ += height;
  }
}

}  // namespace plumbline

#include <fmt/format.h>

#include "core/report/writers/base64.h"
#include "core/report/writers/html_style.h"
#include "core/report/writers/report_writer.h"
#include "core/report/writers/svg_plot.h"

namespace plumbline {

namespace {

std::string_view verdict_class(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept: return "kept";
    case Verdict::undetected: return "undetected";
    case Verdict::caught: return "caught";
    case Verdict::needlessly_rejected: return "rejected";
    case Verdict::unjudged: return "unjudged";
  }
  return "";
}

/// The verdict's shape, as in the workbench: colour never stands alone.
std::string verdict_mark(Verdict verdict) {
  const auto shape = [](std::string_view body, std::string_view colour) {
    return fmt::format(
        "<svg class=\"mark\" viewBox=\"0 0 10 10\" aria-hidden=\"true\" fill=\"{}\">{}</svg>",
        colour, body);
  };
  switch (verdict) {
    case Verdict::kept: return shape("<circle cx=\"5\" cy=\"5\" r=\"4.5\"/>", "#009E73");
    case Verdict::undetected: return shape("<path d=\"M5 .5L9.7 9.2H.3z\"/>", "#D55E00");
    case Verdict::caught:
      return shape("<rect x=\".8\" y=\".8\" width=\"8.4\" height=\"8.4\"/>", "#0072B2");
    case Verdict::needlessly_rejected:
      return shape("<path d=\"M5 0l5 5l-5 5l-5 -5z\"/>", "#E69F00");
    case Verdict::unjudged: return "";
  }
  return "";
}

class HtmlReport {
 public:
  explicit HtmlReport(const Report& report) : report_(report) {}

  std::string write() {
    out_ = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"generator\" content=\"Plumbline {}\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
        "<h1 dir=\"auto\">{}</h1>\n<p class=\"by\">{}</p>\n",
        markup_text(report_.version), markup_text(report_.title), html_style,
        markup_text(report_.title), markup_text(report_.subtitle));
    if (!report_.remarks.empty())
      out_ += "<p dir=\"auto\">" + markup_text(report_.remarks) + "</p>\n";
    if (report_.sections.size() > 3) contents();
    std::string group;
    for (const ReportSectionText& section : report_.sections) {
      // A group of one section has that section's heading alone.
      const bool first = section.group != group;
      group = section.group;
      if (first && has_several(group))
        out_ += fmt::format("<h2>{}</h2>\n", markup_text(group_title(group)));
      const bool alone = !has_several(group);
      out_ += fmt::format("<section id=\"{}\">\n<{}>{}</{}>\n", section.key, alone ? "h2" : "h3",
                          markup_text(section.title), alone ? "h2" : "h3");
      for (const ReportBlock& block : section.blocks)
        std::visit([this](const auto& content) { add(content); }, block);
      out_ += "</section>\n";
    }
    return std::move(out_) + "</main>\n</body>\n</html>\n";
  }

 private:
  bool has_several(std::string_view group) const {
    int count = 0;
    for (const ReportSectionText& section : report_.sections) count += section.group == group;
    return count > 1;
  }

  void contents() {
    out_ += "<nav aria-label=\"Contents\"><ol>";
    for (const ReportSectionText& section : report_.sections)
      out_ +=
          fmt::format("<li><a href=\"#{}\">{}</a></li>", section.key, markup_text(section.title));
    out_ += "</ol></nav>\n";
  }

  std::string text_of(const Text& text, bool isolate = false) const {
    std::string words;
    for (const auto& part : text.parts) {
      if (const auto* use = std::get_if<FigureUse>(&part)) {
        const ReportFigure& figure = report_.shown(*use);
        const bool value = use->part == FigurePart::value;
        const std::string shown = value ? value_words(figure) : interval_words(figure);
        const std::string plain = value ? value_words(figure, FigureStyle::programs)
                                        : interval_words(figure, FigureStyle::programs);
        if (shown.empty()) continue;
        if (plain.empty())
          words += markup_text(shown);
        else
          words += fmt::format("<data value=\"{}\" data-figure=\"{}\" data-part=\"{}\">{}</data>",
                               markup_text(plain), markup_text(figure.id),
                               value ? "value" : "interval", markup_text(shown));
      } else if (isolate) {
        words += "<bdi>" + markup_text(std::get<std::string>(part)) + "</bdi>";
      } else {
        words += markup_text(std::get<std::string>(part));
      }
    }
    return words;
  }

  void add(const Paragraph& paragraph) {
    constexpr std::string_view classes[] = {"", "lead", "caution", "small", "missing"};
    const std::string_view name = classes[static_cast<std::size_t>(paragraph.role)];
    out_ += name.empty() ? "<p>" : fmt::format("<p class=\"{}\">", name);
    out_ += text_of(paragraph.text) + "</p>\n";
  }

  void add(const ReportTable& table) {
    out_ += fmt::format("<div class=\"wide\"><table{}>",
                        table.heads.size() > 9 ? " class=\"matrix\"" : "");
    if (!table.caption.empty())
      out_ += "<caption><span>" + markup_text(table.caption) + "</span></caption>";
    bool has_heads = false;
    for (const std::string& head : table.heads) has_heads = has_heads || !head.empty();
    if (has_heads) {
      out_ += "<thead><tr>";
      for (std::size_t c = 0; c < table.heads.size(); ++c)
        out_ += fmt::format("<th scope=\"col\"{}><bdi>{}</bdi></th>",
                            table.numeric[c] ? " class=\"n\" style=\"white-space:normal\"" : "",
                            markup_text(table.heads[c]));
      out_ += "</tr></thead>";
    }
    out_ += "<tbody>\n";
    for (const TableRow& row : table.rows) {
      out_ += "<tr>";
      for (std::size_t c = 0; c < row.cells.size(); ++c) {
        const TableCell& cell = row.cells[c];
        const bool interval =
            cell.text.parts.size() == 1 &&
            std::holds_alternative<FigureUse>(cell.text.parts.front()) &&
            std::get<FigureUse>(cell.text.parts.front()).part == FigurePart::interval;
        out_ += c < table.numeric.size() && table.numeric[c]
                    ? (interval ? "<td class=\"n i\">" : "<td class=\"n\">")
                    : (c == 0 && row.mark ? "<td class=\"m\">" : "<td>");
        if (c == 0 && row.mark) out_ += verdict_mark(*row.mark);
        const std::string words = text_of(cell.text, true);
        out_ += cell.strong ? "<b>" + words + "</b>" : words;
        out_ += "</td>";
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  void add(const PlotRow& row) {
    out_ += "<div class=\"plots\">";
    for (const ReportPlot& plot : row.plots)
      out_ +=
          fmt::format("<figure id=\"plot-{}\"><figcaption>Figure {}. {}</figcaption>{}</figure>",
                      plot.key, ++plots_, markup_text(plot.title), svg_of(plot));
    out_ += "</div>\n";
  }

  void add(const CaseGrid& grid) {
    out_ += fmt::format("<h3>{}</h3>\n<ul class=\"cases\">\n", markup_text(grid.title));
    for (const ReportCase& one : grid.cases) {
      out_ += "<li>";
      const std::string_view verdict = verdict_class(one.verdict);
      if (one.image.mime.empty())
        out_ += fmt::format("<span class=\"none v-{}\">{}</span>", verdict,
                            markup_text(one.image.problem));
      else
        out_ += fmt::format(
            "<img class=\"v-{}{}\" alt=\"{}\" width=\"{}\" height=\"{}\" loading=\"lazy\" "
            "src=\"data:{};base64,{}\"/>",
            verdict, one.image.mime == "image/png" ? " px" : "",
            markup_text(one.caption + ", " + std::string(verdict_name(one.verdict))),
            one.image.width, one.image.height, one.image.mime, base64_of(one.image.bytes));
      out_ += fmt::format("<bdi>{}</bdi>", markup_text(one.caption));
      if (!one.votes.empty())
        out_ += fmt::format("<div class=\"votes\"><bdi>{}</bdi></div>", markup_text(one.votes));
      if (!one.remarks.empty())
        out_ += fmt::format("<div class=\"votes\" dir=\"auto\">{}</div>", markup_text(one.remarks));
      out_ += "</li>\n";
    }
    out_ += "</ul>\n";
    if (!grid.left_out.empty())
      out_ += "<p class=\"small\">" + markup_text(grid.left_out) + "</p>\n";
  }

  void add(const Listing& listing) {
    if (!listing.title.empty())
      out_ += "<p class=\"small\">" + markup_text(listing.title) + "</p>\n";
    out_ += "<pre>";
    for (std::size_t i = 0; i < listing.lines.size(); ++i)
      out_ += (i > 0 ? "\n" : "") + markup_text(listing.lines[i]);
    out_ += "</pre>\n";
  }

  const Report& report_;
  std::string out_;
  int plots_ = 0;
};

}  // namespace

std::string html_of(const Report& report) { return HtmlReport(report).write(); }

}  // namespace plumbline

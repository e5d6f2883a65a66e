#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "core/report/writers/report_writer.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

/// What pdflatex makes of characters beyond ASCII that reports use.
constexpr std::pair<char32_t, std::string_view> latex_characters[] = {
    {U'−', "\\ensuremath{-}"},
    {U'–', "--"},
    {U'—', "---"},
    {U'×', "\\ensuremath{\\times}"},
    {U'·', "\\ensuremath{\\cdot}"},
    {U'→', "\\ensuremath{\\to}"},
    {U'↓', "\\ensuremath{\\downarrow}"},
    {U'≥', "\\ensuremath{\\ge}"},
    {U'≤', "\\ensuremath{\\le}"},
    {U'±', "\\ensuremath{\\pm}"},
    {U'…', "\\ldots{}"},
    {U'“', "``"},
    {U'”', "''"},
    {U'’', "'"},
    {U'\u00A0', "~"},
    {U'\u202F', "\\,"},
    {U'δ', "\\ensuremath{\\delta}"},
    {U'°', "\\ensuremath{^\\circ}"}};

void add_ascii(std::string& out, char c) {
  switch (c) {
    case '\\': out += "\\textbackslash{}"; break;
    case '~': out += "\\textasciitilde{}"; break;
    case '^': out += "\\textasciicircum{}"; break;
    case '<': out += "\\textless{}"; break;
    case '>': out += "\\textgreater{}"; break;
    case '|': out += "\\textbar{}"; break;
    case '"': out += "\\textquotedbl{}"; break;
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      out += '\\';
      out += c;
      break;
    case '-': out += "{-}"; break;  // two in a row would be a dash
    case '[': out += "{[}"; break;  // after \\ it would be a length
    case '\n':
    case '\t': out += ' '; break;
    default: out += c;
  }
}

/// One character of UTF-8 that is known to be whole; its length goes to `length`.
char32_t character_at(std::string_view text, std::size_t& length) {
  const auto first = static_cast<unsigned char>(text.front());
  length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  length = std::min(length, text.size());
  char32_t code = length == 1 ? first : first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 63);
  return code;
}

/// Letters that the font has stay; others are named by their number, so that the file compiles.
std::string latex_text(std::string_view raw) {
  const std::string text = visible_text(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    const char32_t code = character_at(std::string_view(text).substr(i), length);
    if (code < 0x80) {
      add_ascii(out, static_cast<char>(code));
    } else {
      std::string_view known;
      for (const auto& [character, latex] : latex_characters)
        if (character == code) known = latex;
      if (!known.empty())
        out += known;
      else if (code >= 0xC0 && code <= 0x17E && code != 0xD7 && code != 0xF7 && code != 0x149 &&
               code != 0x138 && code != 0x13F && code != 0x140 && code != 0x166 && code != 0x167 &&
               code != 0x126 && code != 0x127)
        out += text.substr(i, length);
      else
        out += fmt::format("{{\\scriptsize U+{:04X}}}\\allowbreak{{}}",
                           static_cast<std::uint32_t>(code));
    }
    i += length;
  }
  return out;
}

std::string latex_table(const ReportTable& table, const Report& report) {
  std::string columns;
  for (const bool numeric : table.numeric) columns += numeric ? 'r' : 'l';
  std::string text = fmt::format(
      "% table: {}\n\\begin{{table}}[htbp]\n\\centering\\small\n\\caption{{{}}}\n"
      "\\resizebox{{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}}{{!}}{{%\n"
      "\\begin{{tabular}}{{@{{}}{}@{{}}}}\n\\toprule\n",
      table.key, latex_text(table.caption), columns);
  const auto add_line = [&](auto cells, auto words) {
    bool first = true;
    for (const auto& cell : cells) {
      text += first ? "" : " & ";
      text += words(cell);
      first = false;
    }
    text += " \\\\\n";
  };
  add_line(table.heads, [](const std::string& head) { return latex_text(head); });
  text += "\\midrule\n";
  for (const TableRow& row : table.rows)
    add_line(row.cells, [&](const TableCell& cell) {
      const std::string words = latex_text(plain_words(cell.text, report));
      return cell.strong ? "\\textbf{" + words + "}" : words;
    });
  return text + "\\bottomrule\n\\end{tabular}\n}\n\\end{table}\n\n";
}

}  // namespace

std::string latex_of(const Report& report) {
  std::string text = fmt::format(
      "% {} of the study {}, {}, Plumbline {}\n% Made by: {}\n"
      "% To take a table into a paper: \\usepackage{{booktabs,graphicx}} and copy its "
      "environment.\n"
      "\\documentclass{{article}}\n\\usepackage[T1]{{fontenc}}\n\\usepackage[utf8]{{inputenc}}\n"
      "\\usepackage{{textcomp}}\n\\usepackage{{booktabs,graphicx}}\n"
      "\\title{{{}}}\n\\author{{{}}}\n\\date{{{}}}\n\\begin{{document}}\n\\maketitle\n\n",
      visible_text(report.title), visible_text(report.study), report.date, report.version,
      visible_text(report.command), latex_text(report.title), latex_text(report.author),
      report.date.substr(0, 10));
  if (!report.remarks.empty()) text += latex_text(report.remarks) + "\n\n";
  for (const ReportSectionText& section : report.sections) {
    std::string body;
    for (const ReportBlock& block : section.blocks) {
      if (const auto* table = std::get_if<ReportTable>(&block))
        body += latex_table(*table, report);
      else if (const auto* words = std::get_if<Paragraph>(&block))
        body += latex_text(plain_words(words->text, report)) + "\n\n";
    }
    if (!body.empty())
      text += fmt::format("\\section*{{{}}}\n{}\\clearpage\n\n", latex_text(section.title), body);
  }
  return text + "\\end{document}\n";
}

}  // namespace plumbline

#include "core/report/document.h"

#include <algorithm>

namespace plumbline {

const ReportFigure& Report::shown(FigureUse use) const {
  static const ReportFigure none;
  return use.figure < figures.size() ? figures[use.figure] : none;
}

const ReportFigure* Report::figure(std::string_view id) const {
  const auto found = std::ranges::find(figures, id, &ReportFigure::id);
  return found == figures.end() ? nullptr : &*found;
}

std::string_view group_title(std::string_view group) {
  constexpr std::pair<std::string_view, std::string_view> titles[] = {
      {"summary", "Summary"},
      {"run", "Run and voters"},
      {"decision", "Decision"},
      {"cases", "Failure cases"},
      {"detection", "Detection"},
      {"planer", "PLANER"},
      {"method", "Method and definitions"},
      {"reproduction", "Reproduction"}};
  for (const auto& [key, title] : titles)
    if (key == group) return title;
  return group;
}

std::string plain_words(const Text& text, const Report& report, FigureStyle style) {
  std::string words;
  for (const auto& part : text.parts) {
    if (const auto* use = std::get_if<FigureUse>(&part)) {
      const ReportFigure& figure = report.shown(*use);
      words += use->part == FigurePart::value ? value_words(figure, style)
                                              : interval_words(figure, style);
    } else {
      words += std::get<std::string>(part);
    }
  }
  return words;
}

}  // namespace plumbline

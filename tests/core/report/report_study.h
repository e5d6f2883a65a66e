#pragma once
#include <QByteArray>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/report/make_report.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

/// Names that are markup, format strings, macros, written from right to left, or longer than a
/// line.
std::vector<std::string> hostile_names();

/// A python that has numpy: one that is named by PLUMBLINE_PYTHON, or the system's; empty: none.
QString python_with_numpy();

/// A request of everything, without pictures to be looked for.
ReportRequest whole_request(const std::filesystem::path& study);

/// The report as the JSON writer gives it.
nlohmann::json json_report(const Report& report);

/// The text between elements of a page, and what its elements are: by a parser of XML, which takes
/// nothing that is not well-formed.
struct ParsedPage {
  QString text, style;
  struct Number {
    QString figure, part, shown, plain;
  };
  std::vector<Number> numbers;  ///< elements that show a figure
  std::vector<QString> elements, references;
  QString mistake;  ///< empty: it is well-formed
};
ParsedPage parse_page(const std::string& html);

/// A number as reports round it, worked out from the JSON alone: `text` of its value, or of both
/// ends of its interval.
QString rounded(const nlohmann::json& figure, double value);

}  // namespace plumbline::test

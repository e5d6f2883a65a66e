#include "tests/core/report/report_study.h"

#include <QProcess>
#include <QXmlStreamReader>
#include <cmath>

#include "core/report/writers/report_writer.h"

namespace plumbline::test {

std::vector<std::string> hostile_names() {
  return {"<script>alert(1)</script>",
          "R&D \"quoted\" 'too'",
          "100 %_of\\them{}$x^2~#",
          "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD8\xB3\xD9\x84\xD8\xA7\xD9\x85",
          std::string(200, 'W'),
          "=HYPERLINK(\"http://example.org\")",
          "tab\there\x1b[31m"};
}

QString python_with_numpy() {
  for (const QString& name : {qEnvironmentVariable("PLUMBLINE_PYTHON"), QStringLiteral("python3"),
                              QStringLiteral("/usr/bin/python3")}) {
    if (name.isEmpty()) continue;
    QProcess asked;
    asked.start(name, {"-c", "import numpy"});
    if (asked.waitForFinished(30000) && asked.exitCode() == 0) return name;
  }
  return {};
}

ReportRequest whole_request(const std::filesystem::path& study) {
  ReportRequest request;
  request.study = study;
  request.date = "2026-11-23T14:12:00Z";
  return request;
}

nlohmann::json json_report(const Report& report) { return nlohmann::json::parse(json_of(report)); }

ParsedPage parse_page(const std::string& html) {
  ParsedPage page;
  QXmlStreamReader reader(QString::fromStdString(html));
  while (!reader.atEnd()) {
    reader.readNext();
    if (reader.isStartElement()) {
      const QString name = reader.name().toString();
      page.elements.push_back(name);
      for (const QXmlStreamAttribute& attribute : reader.attributes())
        if (attribute.name() == u"src" || attribute.name() == u"href" ||
            attribute.name() == u"srcset" || attribute.name() == u"action" ||
            attribute.name() == u"data")
          page.references.push_back(attribute.value().toString());
        else if (attribute.name().startsWith(u"on"))
          page.references.push_back("handler " + attribute.value().toString());
      if (name == u"style") {
        page.style += reader.readElementText();
      } else if (name == u"data") {
        ParsedPage::Number number;
        number.figure = reader.attributes().value(QStringLiteral("data-figure")).toString();
        number.part = reader.attributes().value(QStringLiteral("data-part")).toString();
        number.plain = reader.attributes().value(QStringLiteral("value")).toString();
        number.shown = reader.readElementText();
        page.text += number.shown;
        page.numbers.push_back(std::move(number));
      }
    } else if (reader.isCharacters()) {
      page.text += reader.text();
    }
  }
  if (reader.hasError())
    page.mistake = QStringLiteral("line %1: %2").arg(reader.lineNumber()).arg(reader.errorString());
  return page;
}

QString rounded(const nlohmann::json& figure, double value) {
  const std::string unit = figure["unit"];
  const double scale = unit == "fraction" || unit == "relative change" ? 100 : 1;
  int decimals = 0;
  // By the exponents that printing in scientific notation gives.
  const auto exponent = [](double of) {
    return QString::number(of, 'e', 16).section('e', 1).toInt();
  };
  if (unit == "count") {
    decimals = 0;
  } else if (!figure["interval"].is_null() &&
             figure["interval"][1].get<double>() > figure["interval"][0].get<double>()) {
    decimals =
        1 -
        exponent(scale *
                 (figure["interval"][1].get<double>() - figure["interval"][0].get<double>()) / 2);
  } else if (figure["value"].get<double>() == 0) {
    decimals = scale == 100 ? 1 : 2;
  } else {
    decimals = 2 - exponent(std::abs(figure["value"].get<double>() * scale));
  }
  const bool bare = figure["interval"].is_null();
  const int most = unit == "times" ? 3 : bare && scale == 100 ? 2 : 5;
  decimals = decimals < 0 ? 0 : decimals > most ? most : decimals;
  QString text = QString::number(value * scale, 'f', decimals);
  if (text.toDouble() == 0) text.remove('-');
  return text;
}

}  // namespace plumbline::test

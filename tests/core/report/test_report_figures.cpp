#include <QtTest>

#include "core/report/figure.h"
#include "core/report/report_request.h"
#include "tests/core/report/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

void TestReportFigures::digits_follow_the_interval_data() {
  QTest::addColumn<int>("unit");
  QTest::addColumn<double>("figure_value");
  QTest::addColumn<double>("low");
  QTest::addColumn<double>("high");
  QTest::addColumn<bool>("difference");
  QTest::addColumn<QString>("words");
  QTest::addColumn<QString>("interval");
  const auto row = [](const char* name, ReportUnit unit, double figure, double low, double high,
                      bool difference, const char* words, const char* interval) {
    QTest::newRow(name) << static_cast<int>(unit) << figure << low << high << difference
                        << QString::fromUtf8(words) << QString::fromUtf8(interval);
  };
  const double none = std::nan("");
  row("count", ReportUnit::count, 12586, 12538, 12627, false, "12,586", "12,538–12,627");
  row("fewer", ReportUnit::count, -322, -341, -303, true, "−322", "−341 to −303");
  row("share", ReportUnit::fraction, 0.827349, 0.8213, 0.8335, false, "82.73\u00A0%",
      "82.13–83.35");
  row("wide share", ReportUnit::fraction, 0.827349, 0.42, 0.99, false, "83\u00A0%", "42–99");
  row("area", ReportUnit::plain, 0.02543217, 0.0234, 0.0271, false, "0.0254", "0.0234–0.0271");
  row("no interval", ReportUnit::milliseconds, 3.00456, none, none, false, "3.00\u00A0ms", "");
  row("large without", ReportUnit::milliseconds, 1234.56, none, none, false, "1,235\u00A0ms", "");
  row("multiple", ReportUnit::times, 1.9745, 1.90, 2.05, false, "1.974×", "1.900–2.050");
  row("points", ReportUnit::fraction, 0.0123, 0.0100, 0.0146, true, "+1.23\u00A0points",
      "+1.00 to +1.46");
  row("nothing left of it", ReportUnit::fraction, -0.00001, -0.04, 0.04, true, "0.0\u00A0points",
      "−4.0 to +4.0");
  row("no value", ReportUnit::plain, none, none, none, false, "–", "");
}

void TestReportFigures::digits_follow_the_interval() {
  QFETCH(int, unit);
  QFETCH(double, figure_value);
  QFETCH(double, low);
  QFETCH(double, high);
  QFETCH(bool, difference);
  QFETCH(QString, words);
  QFETCH(QString, interval);
  ReportFigure figure;
  figure.unit = static_cast<ReportUnit>(unit);
  figure.difference = difference;
  if (!std::isnan(figure_value)) figure.value = figure_value;
  if (!std::isnan(low)) figure.interval = Interval{low, high};
  QCOMPARE(QString::fromStdString(value_words(figure)), words);
  QCOMPARE(QString::fromStdString(interval_words(figure)), interval);
}

void TestReportFigures::a_difference_is_a_finding_by_its_interval() {
  ReportFigure figure;
  figure.value = -3;
  QVERIFY(!is_finding(figure));
  figure.difference = true;
  QVERIFY(!is_finding(figure));
  figure.interval = Interval{-5, 1};
  QVERIFY(!is_finding(figure));
  figure.interval = Interval{-5, -1};
  QVERIFY(is_finding(figure));
}

void TestReportFigures::cases_are_read_back_data() {
  QTest::addColumn<QString>("text");
  QTest::addColumn<bool>("right");
  for (const char* text : {"surest:24", "cells:3", "tag:a b", "items:0,7,4294967294", "none"})
    QTest::newRow(text) << QString(text) << true;
  for (const char* text : {"", "surest:0", "surest:-1", "surest:x", "items:", "items:-1",
                           "items:4294967295", "tag:", "none:3", "most", "cells:100001"})
    QTest::newRow(text) << QString(text) << false;
}

void TestReportFigures::cases_are_read_back() {
  QFETCH(QString, text);
  QFETCH(bool, right);
  const auto choice = parse_case_choice(text.toStdString());
  QCOMPARE(choice.has_value(), right);
  if (choice) QCOMPARE(QString::fromStdString(to_string(*choice)), text);
}

void TestReportFigures::a_command_line_has_what_was_asked_for() {
  ReportRequest request;
  request.study = "/home/somebody/it's a study.plumb";
  request.run = "r 7";
  request.decision = "d2";
  request.policy = "not with a decision";
  request.sections = {"headline", "cases"};
  request.cases = value(parse_case_choice("cells:5"));
  request.out = "/home/somebody/out.html";
  QCOMPARE(QString::fromStdString(command_line(request)),
           QString("plumbline report 'it'\\''s a study.plumb' --run 'r 7' --decision d2 --sections "
                   "headline,cases --cases cells:5 -o out.html"));
  request.paths = true;
  QVERIFY(QString::fromStdString(command_line(request)).contains("/home/somebody/out.html"));
}

}  // namespace plumbline::test

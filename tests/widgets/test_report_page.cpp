#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <map>

#include <nlohmann/json.hpp>

#include "core/report/report_settings.h"
#include "core/report/writers/pdf_outline.h"
#include "core/report/writers/report_writer.h"
#include "tests/widgets/synthetic_study.h"
#include "tests/widgets/tests.h"
#include "widgets/decision/run_review.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/gallery/gallery_view.h"
#include "widgets/page/settings.h"
#include "widgets/report/pdf_report.h"
#include "widgets/report/report_page.h"
#include "widgets/report/report_pages.h"
#include "widgets/report/report_preview.h"
#include "widgets/report/section_tree.h"
#include "widgets/text/text_of.h"
#include "widgets/window/main_window.h"

using namespace plumbline;

/// The Report page in the real window, and the PDF that it writes.
class TestReportPage : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir directory_;
  std::filesystem::path folder_;
  std::unique_ptr<MainWindow> window_;
  ReportPage* page_ = nullptr;

  template <class T>
  T* find(const char* name) const {
    auto* found = page_->findChild<T*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("no widget '%s'", name);
    return found;
  }
  SectionTree* tree() const { return find<SectionTree>("report_sections"); }
  QTreeWidgetItem* row(const QString& title) const {
    const auto items = tree()->findItems(title, Qt::MatchExactly | Qt::MatchRecursive);
    if (items.isEmpty()) qFatal("no section '%s'", qPrintable(title));
    return items.last();
  }
  void settle() const {
    QTRY_VERIFY_WITH_TIMEOUT(page_->settled() && page_->report() != nullptr, 30000);
  }
  /// Words of a PDF by line, as pdftotext finds them: joined where they stand on one base line,
  /// from left to right. Empty where pdftotext is not installed.
  static QStringList lines_of_pdf(const QString& file) {
    const QString pdftotext = QStandardPaths::findExecutable("pdftotext");
    if (pdftotext.isEmpty()) return {};
    QProcess process;
    process.start(pdftotext, {"-bbox", file, "-"});
    if (!process.waitForFinished(60000) || process.exitCode() != 0) return {};
    QXmlStreamReader xml(process.readAllStandardOutput());
    std::map<std::pair<int, int>, std::map<double, QString>> lines;
    int page = 0;
    while (!xml.atEnd()) {
      xml.readNext();
      if (!xml.isStartElement()) continue;
      if (xml.name() == u"page") ++page;
      if (xml.name() != u"word") continue;
      const auto number = [&](const char* name) {
        return xml.attributes().value(QLatin1String(name)).toDouble();
      };
      const double x = number("xMin");
      const int y = qRound(number("yMax") * 2);
      lines[{page, y}].emplace(x, xml.readElementText());
    }
    QStringList joined;
    for (const auto& [place, words] : lines) {
      QStringList texts;
      for (const auto& [x, word] : words) texts << word;
      joined << texts.join(' ').replace(QChar(0xA0), ' ');
    }
    return joined;
  }
  static QByteArray bytes_of(const QString& file) {
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
  }

 private Q_SLOTS:
  void initTestCase() {
    folder_ = directory_.filePath("shapes.plumb").toStdString();
    SyntheticStudy request;
    request.folder = folder_;
    request.validation_samples = 300;
    QVERIFY(make_study(request).has_value());
    window_ = std::make_unique<MainWindow>(nullptr);
    window_->resize(1400, 900);
    QVERIFY(window_->open_study(QString::fromStdString(folder_.string())).has_value());
    page_ = qobject_cast<ReportPage*>(window_->page(QStringLiteral("report")));
    QVERIFY(page_ != nullptr);
    window_->show();
    QTRY_VERIFY_WITH_TIMEOUT(window_->review() != nullptr, 20000);
    window_->show_page(page_);
    settle();
  }

  void what_is_open_is_reported() {
    const Report& report = *page_->report();
    QVERIFY(report.source);
    QCOMPARE(report.source->run, std::string("r1"));
    QCOMPARE(report.source->policy, to_string(window_->review()->policy()));
    QVERIFY(page_->preview()->pages()->pages.size() >= 3);
  }

  void a_tick_takes_a_section_out() {
    const std::size_t before = page_->report()->sections.size();
    row("Risk–coverage")->setCheckState(0, Qt::Unchecked);
    settle();
    QTRY_COMPARE_WITH_TIMEOUT(page_->report()->sections.size(), before - 1, 20000);
    QCOMPARE(row("Decision")->checkState(0), Qt::PartiallyChecked);
    QVERIFY(page_->command().contains("--sections headline,"));
    QVERIFY(!page_->command().contains(",risk,"));
    row("Risk–coverage")->setCheckState(0, Qt::Checked);
    QTRY_COMPARE_WITH_TIMEOUT(page_->report()->sections.size(), before, 20000);
  }

  void what_is_missing_says_why() {
    QTreeWidgetItem* stress = row("Stress");
    QVERIFY(!(stress->flags() & Qt::ItemIsEnabled));
    QVERIFY(!stress->toolTip(0).isEmpty());
    QCOMPARE(stress->checkState(0), Qt::Unchecked);
  }

  void rows_are_moved() {
    tree()->setCurrentItem(row("Risk–coverage"));
    QTest::keyClick(tree(), Qt::Key_Up, Qt::AltModifier);
    settle();
    const auto keys = tree()->chosen();
    const auto risk = std::ranges::find(keys, "risk"), front = std::ranges::find(keys, "front");
    QVERIFY(risk < front);
    QTRY_VERIFY_WITH_TIMEOUT(page_->command().contains("risk,front"), 20000);
    const auto& sections = page_->report()->sections;
    QVERIFY(std::ranges::find(sections, "risk", &ReportSectionText::key) <
            std::ranges::find(sections, "front", &ReportSectionText::key));
  }

  void nothing_ticked_says_what_to_do() {
    const auto chosen = tree()->chosen();
    for (int i = 0; i < tree()->topLevelItemCount(); ++i)
      tree()->topLevelItem(i)->setCheckState(0, Qt::Unchecked);
    QTRY_VERIFY_WITH_TIMEOUT(page_->report() == nullptr && page_->settled(), 20000);
    QVERIFY(!find<QPushButton>("export_report")->isEnabled());
    for (const char* title : {"Summary", "Kept against undetected", "Risk–coverage",
                              "Failure cases", "Method and definitions"})
      row(QString::fromUtf8(title))->setCheckState(0, Qt::Checked);
    settle();
    QTRY_COMPARE_WITH_TIMEOUT(page_->report()->sections.size(), std::size_t{5}, 20000);
  }

  void a_section_is_found_in_the_preview_and_back() {
    QScrollBar* bar = page_->preview()->verticalScrollBar();
    bar->setValue(0);
    tree()->setCurrentItem(row("Summary"));
    tree()->setCurrentItem(row("Kept against undetected"));
    QVERIFY(bar->value() > 0);
    tree()->select("headline");
    QTest::mouseClick(page_->preview()->viewport(), Qt::LeftButton, {}, {300, 60});
    QCOMPARE(tree()->currentItem(), row("Kept against undetected"));
  }

  void words_are_kept_in_the_study() {
    auto* title = find<QLineEdit>("report_title");
    title->setText("What <b>four</b> networks catch");
    Q_EMIT title->editingFinished();
    settle();
    QTRY_COMPARE_WITH_TIMEOUT(page_->report()->title,
                              std::string("What <b>four</b> networks catch"), 20000);
    QTRY_COMPARE_WITH_TIMEOUT(read_report_settings(folder_)->title, page_->report()->title, 20000);
    QTRY_COMPARE_WITH_TIMEOUT(read_report_settings(folder_)->sections, tree()->chosen(), 20000);
    QVERIFY(page_->command().contains("--title 'What <b>four</b> networks catch'"));
  }

  void each_format_has_its_tab() {
    auto* formats = find<QTabBar>("report_formats");
    auto* text = find<QPlainTextEdit>("report_text");
    for (const auto& [index, word] :
         {std::pair(2, "id,title,value"), std::pair(3, "\"figures\": ["),
          std::pair(4, "\\begin{tabular}")}) {
      formats->setCurrentIndex(index);
      QTRY_VERIFY_WITH_TIMEOUT(text->isVisible() && text->toPlainText().contains(word), 20000);
    }
    QTest::mouseClick(find<QPushButton>("copy_command"), Qt::LeftButton);
    QVERIFY(QApplication::clipboard()->text().contains("\\documentclass"));
    formats->setCurrentIndex(0);
    QTest::mouseClick(find<QPushButton>("copy_command"), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), page_->command());
  }

  void what_is_written_is_what_is_shown() {
    QSignalSpy said(page_, &Page::said), failed(page_, &Page::failed);
    for (const char* name : {"r.html", "r.json", "r.pdf", "r.zip", "r.tex"}) {
      page_->export_to(directory_.filePath(name));
      QTRY_VERIFY_WITH_TIMEOUT(page_->settled(), 30000);
      QVERIFY2(!bytes_of(directory_.filePath(name)).isEmpty(), name);
    }
    QCOMPARE(said.count(), 5);
    const auto json = nlohmann::json::parse(bytes_of(directory_.filePath("r.json")).toStdString());
    QCOMPARE(json["title"].get<std::string>(), page_->report()->title);
    page_->export_to(directory_.filePath("r.docx"));
    QCOMPARE(failed.count(), 1);
    page_->export_to(QStringLiteral("/nonexistent/r.pdf"));
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 2, 20000);
  }

  void the_pdf_has_text_numbers_and_bookmarks() {
    const QByteArray pdf = bytes_of(directory_.filePath("r.pdf"));
    QVERIFY(pdf.startsWith("%PDF-"));
    QVERIFY(pdf.contains("/Outlines") && pdf.contains("/PageMode /UseOutlines"));
    QCOMPARE(pdf.count("/Title <FEFF"), page_->preview()->pages()->headings.size());
    const QString pdftotext = QStandardPaths::findExecutable("pdftotext");
    if (pdftotext.isEmpty()) QSKIP("pdftotext (poppler-utils) is not installed");
    QProcess process;
    process.start(pdftotext, {"-layout", directory_.filePath("r.pdf"), "-"});
    QVERIFY(process.waitForFinished(30000));
    QCOMPARE(process.exitCode(), 0);
    QCOMPARE(process.readAllStandardError(), QByteArray());
    const QString text =
        QString::fromUtf8(process.readAllStandardOutput()).replace(QChar(0xA0), ' ');
    const Report& report = *page_->report();
    int found = 0;
    for (const char* key : {"kept_correct", "undetected_mispredictions", "augrc", "coverage"}) {
      const ReportFigure* figure = report.figure(std::string("decision.") + key);
      QVERIFY(figure != nullptr);
      QVERIFY2(text.contains(text_of(value_words(*figure)).replace(QChar(0xA0), ' ')), key);
      QVERIFY2(text.contains(text_of(interval_words(*figure))), key);
      ++found;
    }
    QCOMPARE(found, 4);
    QVERIFY(text.contains(QStringLiteral("1 of %1").arg(page_->preview()->pages()->pages.size())));
  }

  void each_number_of_the_pdf_is_the_json_s() {
    // All sections of a run and what stands in its tables and sentences.
    ReportRequest request;
    request.study = folder_;
    request.run = "r1";
    const auto made = make_report(request);
    QVERIFY(made.has_value());
    const Report& report = made->report;
    const QString file = directory_.filePath("numbers.pdf");
    QVERIFY(write_pdf_report(report, file.toStdString()).has_value());
    const QStringList lines = lines_of_pdf(file);
    if (lines.isEmpty()) QSKIP("pdftotext (poppler-utils) is not installed");
    const QString text = lines.join(' ');
    const auto json = nlohmann::json::parse(json_of(report));
    std::map<std::string, nlohmann::json> figures;
    for (const auto& figure : json["figures"]) figures[figure["id"]] = figure;
    const auto shown = [&](const FigureUse& use) {
      const auto& figure = figures.at(report.figures[use.figure].id);
      const char* key = use.part == FigurePart::value ? "text" : "interval_text";
      return figure.contains(key)
                 ? QString::fromStdString(figure[key].get<std::string>()).replace(QChar(0xA0), ' ')
                 : QString();
    };
    int in_tables = 0, in_sentences = 0;
    for (const ReportSectionText& section : report.sections)
      for (const ReportBlock& block : section.blocks) {
        if (const auto* table = std::get_if<ReportTable>(&block))
          for (const TableRow& row : table->rows) {
            // The numbers of a row stand on one line, in their order, behind the last words.
            QStringList numbers;
            bool figures_alone = false;
            for (std::size_t c = 0; c < row.cells.size(); ++c) {
              if (c >= table->numeric.size() || !table->numeric[c]) {
                numbers.clear();
                continue;
              }
              for (const auto& part : row.cells[c].text.parts) {
                const auto* use = std::get_if<FigureUse>(&part);
                figures_alone = figures_alone || use != nullptr;
                const QString words = use != nullptr
                                          ? shown(*use)
                                          : QString::fromStdString(std::get<std::string>(part));
                if (!words.isEmpty()) numbers << words;
              }
            }
            if (!figures_alone) continue;
            const QString expected = numbers.join(' ');
            QVERIFY2(std::ranges::any_of(
                         lines, [&](const QString& line) { return line.contains(expected); }),
                     qPrintable(QString::fromStdString(section.key) + ": " + expected));
            in_tables += static_cast<int>(numbers.size());
          }
        if (const auto* words = std::get_if<Paragraph>(&block))
          for (const auto& part : words->text.parts)
            if (const auto* use = std::get_if<FigureUse>(&part)) {
              // A sentence may break within a number's unit, not within its digits.
              const QString number = shown(*use).section(' ', 0, 0);
              QVERIFY2(text.contains(number), qPrintable(number));
              ++in_sentences;
            }
      }
    QVERIFY2(in_tables > 60 && in_sentences > 5,
             qPrintable(QStringLiteral("%1 and %2").arg(in_tables).arg(in_sentences)));
    // Every page has its number.
    const int pages = static_cast<int>(lay_out_report(report).pages.size());
    for (int page = 1; page <= pages; ++page)
      QVERIFY(text.contains(QStringLiteral("%1 of %2").arg(page).arg(pages)));
  }

  void the_gallery_s_selection_is_what_is_shown() {
    auto* cases = find<QComboBox>("report_cases");
    auto* count = find<QSpinBox>("report_case_count");
    cases->setCurrentIndex(cases->findData("picked"));
    QVERIFY(!count->isEnabled());
    auto* failures = qobject_cast<FailuresPage*>(window_->page(QStringLiteral("failures")));
    QVERIFY(failures != nullptr);
    window_->show_page(failures);
    QTRY_VERIFY_WITH_TIMEOUT(failures->settled() && failures->gallery()->current(), 20000);
    failures->gallery()->setFocus();
    QTest::keyClick(failures->gallery(), Qt::Key_Home);
    for (int i = 0; i < 2; ++i)
      QTest::keyClick(failures->gallery(), Qt::Key_Right, Qt::ShiftModifier);
    const auto picked = failures->selected_items();
    QVERIFY(picked.size() >= 2);
    window_->show_page(page_);
    settle();
    const auto chosen = [&] {
      std::size_t shown = 0;
      for (const auto& section : page_->report()->sections)
        for (const ReportBlock& block : section.blocks)
          if (const auto* grid = std::get_if<CaseGrid>(&block)) shown += grid->cases.size();
      return shown;
    };
    QTRY_COMPARE_WITH_TIMEOUT(chosen(), picked.size(), 20000);
    QString items;
    for (const ItemRef item : picked)
      items += (items.isEmpty() ? "" : ",") + QString::number(item.sample());
    QVERIFY2(page_->command().contains("--cases items:" + items), qPrintable(page_->command()));
    // As many as are wanted of the surest ones.
    cases->setCurrentIndex(cases->findData("surest"));
    count->setValue(3);
    settle();
    QTRY_VERIFY_WITH_TIMEOUT(page_->command().contains("--cases surest:3"), 20000);
    QTRY_VERIFY_WITH_TIMEOUT(chosen() > 0 && chosen() <= 5, 20000);
  }

  void no_heading_stands_alone_at_the_foot() {
    // All sections, with remarks of growing length, so that breaks fall everywhere.
    ReportRequest request;
    request.study = folder_;
    request.run = "r1";
    const auto made = make_report(request);
    QVERIFY(made.has_value());
    for (int words = 0; words < 400; words += 37) {
      ReportRequest with = request;
      with.remarks.clear();
      for (int i = 0; i < words; ++i) with.remarks += "Words that take room. ";
      const Report report = retold(*made, with);
      const ReportPages pages = lay_out_report(report);
      for (const PlacedHeading& heading : pages.headings) {
        bool below = false;
        for (const PlacedItem& item : pages.pages[static_cast<std::size_t>(heading.page)].items) {
          double y = 0;
          if (const auto* text = std::get_if<PlacedText>(&item)) y = text->at.y();
          if (const auto* plot = std::get_if<PlacedPlot>(&item)) y = plot->box.bottom();
          // The foot's own line is no content.
          below = below || (y > heading.y + 260 && y < paper_height - paper_margin - 110);
        }
        QVERIFY2(below, qPrintable(heading.title));
      }
      // Everything stays on the paper.
      for (const PaperPage& page : pages.pages)
        for (const PlacedItem& item : page.items)
          if (const auto* plot = std::get_if<PlacedPlot>(&item))
            QVERIFY(plot->box.bottom() <= paper_height - paper_margin);
    }
  }

  void bookmarks_are_refused_where_they_cannot_be() {
    QVERIFY(!with_bookmarks("no pdf", {{"a", 0, 0, 0}}).has_value());
    QVERIFY(!with_bookmarks("%PDF-1.4\ntrailer\n<< /Size 3 >>\n", {{"a", 0, 0, 0}}).has_value());
    QCOMPARE(*with_bookmarks("anything", {}), std::string("anything"));
  }
};

int test_report_page(int argc, char** argv) {
  TestReportPage test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_report_page.moc"

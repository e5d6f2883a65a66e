#include "widgets/report/report_page.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTabBar>

#include <algorithm>

#include "core/decision/policies/counted_costs.h"
#include "core/report/report_settings.h"
#include "core/report/writers/report_writer.h"
#include "widgets/bars/title_bar.h"
#include "widgets/decision/run_review.h"
#include "widgets/jobs/job_center.h"
#include "widgets/page/background.h"
#include "widgets/page/picked_items.h"
#include "widgets/report/pdf_report.h"
#include "widgets/report/report_preview.h"
#include "widgets/report/section_tree.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int rest_ms = 250, longest_shown = 400'000;
constexpr int no_search = 0;
// What the box of cases has behind its words, besides choices as they are written.
constexpr const char *surest_cases = "surest", *cell_cases = "cells", *picked_cases = "picked";

/// The text of a format that is words, as its tab shows it.
std::string format_text(const Report& report, const std::string& format) {
  if (format == "json") return json_of(report);
  if (format == "latex") return latex_of(report);
  std::string text;
  for (const ReportFile& file : csv_of(report))
    text += "# " + file.name + "\n" + file.content + "\n";
  return text;
}

}  // namespace

ReportPage::ReportPage(const PageContext& context, QWidget* parent)
    : Page(parent),
      jobs_(context.jobs),
      picked_(context.picked),
      making_(std::make_shared<std::atomic<int>>(0)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  side_ = make_side();
  row->addWidget(side_);
  row->addWidget(make_desk(), 1);
  show_controls(false);
  rest_.setSingleShot(true);
  rest_.setInterval(rest_ms);
  connect(&rest_, &QTimer::timeout, this, &ReportPage::make);
  save_rest_.setSingleShot(true);
  save_rest_.setInterval(2 * rest_ms);
  connect(&save_rest_, &QTimer::timeout, this, &ReportPage::save_choices);
  if (picked_) connect(picked_, &PickedItems::changed, this, &ReportPage::show_picked);
  say_problem(tr("Open a study first."));
}

/// Without a study there is nothing to choose.
void ReportPage::show_controls(bool there) {
  side_->setVisible(there);
  formats_->parentWidget()->setVisible(there);
}

ReportPage::~ReportPage() {
  if (save_rest_.isActive()) save_choices();
  ++*making_;
}

std::vector<MenuCommand> ReportPage::commands() {
  return {{MenuPart::file_export, QStringLiteral("export-report"), tr("Report…"), {}, [this] {
             ask_for_file();
           }}};
}

Result<void> ReportPage::show_study(const Study* study) {
  const std::filesystem::path folder = study != nullptr ? study->folder() : std::filesystem::path();
  const bool other = folder != folder_;
  if (other && save_rest_.isActive()) save_choices();
  folder_ = folder;
  writable_ = study != nullptr && jobs_ != nullptr && jobs_->takes_jobs();
  stale_ = true;
  show_controls(study != nullptr);
  if (study == nullptr) {
    made_.reset();
    report_.reset();
    preview_->set_pages(nullptr);
    say_problem(tr("Open a study first."));
    return {};
  }
  if (other) {
    auto settings = read_report_settings(folder);
    if (settings)
      request_ = std::move(*settings);
    else {
      request_ = {};
      Q_EMIT failed(text_of(to_string(settings.error())));
    }
    request_.study = folder;
  }
  fill_choices(study);
  if (isVisible()) make();
  return {};
}

void ReportPage::show_run(RunReview* review) {
  if (open_ == review) return;
  open_ = review;
  if (review != nullptr)
    connect(review, &RunReview::decided, this, [this](bool at_rest) {
      if (!at_rest || !request_.decision.empty()) return;
      stale_ = true;
      take_choice();
    });
  stale_ = true;
  take_choice();
}

void ReportPage::show_notice(const QString& text) {
  if (!report_) say_problem(text);
}

QWidget* ReportPage::main_view() { return preview_; }

bool ReportPage::settled() const {
  return pending_ == 0 && !rest_.isActive() && (!stale_ || folder_.empty() || !isVisible());
}

QString ReportPage::command() const { return report_ ? text_of(report_->command) : QString(); }

void ReportPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (stale_) take_choice();
}

void ReportPage::fill_choices(const Study* study) {
  filling_ = true;
  title_->setText(text_of(request_.title));
  author_->setText(text_of(request_.author));
  remarks_->setText(text_of(request_.remarks));
  provenance_->setChecked(request_.provenance);
  paths_->setChecked(request_.paths);
  decision_->clear();
  decision_->addItem(tr("what is open"), QString());
  if (const auto decisions = study->decisions())
    for (const StoredDecision& decision : *decisions)
      decision_->addItem(tr("%1, %2").arg(text_of(decision.run), text_of(decision.name)),
                         text_of(decision.name));
  decision_->setCurrentIndex(std::max(0, decision_->findData(text_of(request_.decision))));
  search_->clear();
  search_->addItem(tr("the last one"), QString());
  if (const auto searches = study->searches())
    for (const SearchInfo& search : *searches)
      search_->addItem(text_of(search.name), text_of(search.name));
  // A name is never a number.
  search_->addItem(tr("none"), no_search);
  search_->setCurrentIndex(std::max(0, request_.no_search
                                           ? search_->findData(no_search)
                                           : search_->findData(text_of(request_.search))));
  fill_cases(*study);
  filling_ = false;
}

void ReportPage::fill_cases(const Study& study) {
  cases_->clear();
  for (const auto& [words, choice] :
       {std::pair(tr("surest undetected"), surest_cases),
        std::pair(tr("one per pair of classes"), cell_cases),
        std::pair(tr("selected on Failures"), picked_cases), std::pair(tr("none"), "none")})
    cases_->addItem(words, QString::fromLatin1(choice));
  if (open_ != nullptr)
    if (const auto remarks = study.remarks(open_->run().info.dataset, open_->run().split))
      for (const auto& [tag, items] : remarks->tags)
        cases_->addItem(tr("tagged “%1”").arg(text_of(tag)), text_of("tag:" + tag));
  const CaseChoice& chosen = request_.cases;
  const bool counted =
      chosen.kind == CaseChoice::Kind::surest || chosen.kind == CaseChoice::Kind::cells;
  QString entry = text_of(to_string(chosen));
  if (chosen.kind == CaseChoice::Kind::surest) entry = QString::fromLatin1(surest_cases);
  if (chosen.kind == CaseChoice::Kind::cells) entry = QString::fromLatin1(cell_cases);
  if (picked_ && !chosen.items.empty() && chosen.items == picked_->items())
    entry = QString::fromLatin1(picked_cases);
  if (counted) case_count_->setValue(static_cast<int>(chosen.count));
  if (cases_->findData(entry) < 0)
    cases_->addItem(chosen.kind == CaseChoice::Kind::items
                        ? tr("%1 kept items")
                              .arg(with_thousands(static_cast<std::int64_t>(chosen.items.size())))
                        : entry,
                    entry);
  cases_->setCurrentIndex(cases_->findData(entry));
  case_count_->setEnabled(counted);
}

CaseChoice ReportPage::chosen_cases() const {
  const QString entry = cases_->currentData().toString();
  CaseChoice choice;
  if (entry == QLatin1String(picked_cases)) {
    choice.kind = CaseChoice::Kind::items;
    if (picked_) choice.items = picked_->items();
    if (choice.items.empty()) choice.kind = CaseChoice::Kind::none;
    return choice;
  }
  if (entry == QLatin1String(surest_cases) || entry == QLatin1String(cell_cases)) {
    if (entry == QLatin1String(cell_cases)) choice.kind = CaseChoice::Kind::cells;
    choice.count = case_count_->value();
    return choice;
  }
  if (const auto read = parse_case_choice(entry.toStdString())) return *read;
  return request_.cases;
}

/// What is selected now is what a report of the selection shows.
void ReportPage::show_picked() {
  if (cases_->currentData().toString() == QLatin1String(picked_cases)) take_choice();
}

/// Something was chosen that needs the study to be read.
void ReportPage::take_choice() {
  if (filling_ || folder_.empty()) return;
  request_.decision = decision_->currentData().toString().toStdString();
  request_.no_search = search_->currentData() == QVariant(no_search);
  request_.search =
      request_.no_search ? std::string() : search_->currentData().toString().toStdString();
  request_.cases = chosen_cases();
  case_count_->setEnabled(request_.cases.kind == CaseChoice::Kind::surest ||
                          request_.cases.kind == CaseChoice::Kind::cells);
  request_.provenance = provenance_->isChecked();
  request_.paths = paths_->isChecked();
  request_.run.clear();
  request_.split.clear();
  request_.policy.clear();
  request_.voters.clear();
  request_.costs.clear();
  if (request_.decision.empty() && open_ != nullptr) {
    request_.run = open_->run().info.name;
    request_.split = open_->run().split;
    // Costs that no file gave are told by the file that they are exported to.
    const Policy named = with_cost_file(open_->bound_policy(), exported_costs);
    request_.policy = to_string(named);
    if (named != open_->policy()) request_.costs = *costs_of(open_->bound_policy());
    for (const std::size_t voter : open_->policy_voters())
      request_.voters +=
          (request_.voters.empty() ? "" : ",") + to_string(open_->run().info.voters[voter]);
  }
  stale_ = true;
  save_rest_.start();
  if (isVisible()) rest_.start();
}

void ReportPage::make() {
  if (folder_.empty()) return;
  stale_ = false;
  const int mine = ++*making_;
  ++pending_;
  busy_->show();
  ReportRequest whole = request_;
  whole.sections.clear();
  whole.title.clear();
  run_in_background(
      this,
      [whole, mine, making = making_] {
        return make_report(whole, [&](std::string_view, double) { return making->load() == mine; });
      },
      [this, mine](Result<MadeReport> made) {
        --pending_;
        if (making_->load() != mine) return;
        if (!made) {
          busy_->hide();
          made_.reset();
          report_.reset();
          preview_->set_pages(nullptr);
          tree_->clear();
          return say_problem(text_of(to_string(made.error())).toHtmlEscaped());
        }
        made_ = std::move(*made);
        tree_->set_sections(made_->states, request_.sections);
        retell();
      });
}

void ReportPage::retell() {
  if (!made_) return;
  const int mine = ++*making_;
  request_.sections = tree_->chosen();
  request_.title = title_->text().trimmed().toStdString();
  request_.author = author_->text().trimmed().toStdString();
  request_.remarks = remarks_->text().trimmed().toStdString();
  title_->setPlaceholderText(text_of(made_->own_title));
  save_rest_.start();
  if (request_.sections.empty()) {
    busy_->hide();
    report_.reset();
    preview_->set_pages(nullptr);
    sections_title_->set_fact({});
    return say_problem(tr("Tick at least one section."));
  }
  ReportRequest request = request_;
  request.out = "report." + format();
  auto report = std::make_shared<const Report>(retold(*made_, request));
  ++pending_;
  busy_->show();
  run_in_background(
      this,
      [report, mine, making = making_] {
        return std::make_shared<const ReportPages>(
            lay_out_report(*report, [&] { return making->load() == mine; }));
      },
      [this, report, mine](std::shared_ptr<const ReportPages> pages) {
        --pending_;
        if (making_->load() != mine) return;
        busy_->hide();
        report_ = report;
        const auto count = static_cast<int>(pages->pages.size());
        page_->setRange(1, count);
        pages_->setText(tr("of %1").arg(with_thousands(count)));
        sections_title_->set_fact(counted(count, tr("page"), tr("pages")));
        tree_->show_pages(*pages);
        preview_->set_pages(std::move(pages));
        export_->setEnabled(true);
        copy_->setEnabled(true);
        show_format();
      });
}

std::string ReportPage::format() const {
  return formats_->tabData(formats_->currentIndex()).toString().toStdString();
}

void ReportPage::show_format() {
  if (!report_) return;
  const std::string shown = format();
  if (shown == "html" || shown == "pdf") return views_->setCurrentWidget(preview_);
  QString text = text_of(format_text(*report_, shown));
  if (text.size() > longest_shown)
    text = text.left(longest_shown) + tr("\n… the rest is in the file.");
  text_->setPlainText(text);
  views_->setCurrentWidget(text_);
}

void ReportPage::say_problem(const QString& words) {
  problem_->setText(words);
  views_->setCurrentWidget(problem_);
  export_->setEnabled(false);
  copy_->setEnabled(false);
}

void ReportPage::save_choices() {
  save_rest_.stop();
  if (!writable_ || folder_.empty()) return;
  if (const auto written = write_report_settings(folder_, request_); !written)
    Q_EMIT failed(text_of(to_string(written.error())));
}

void ReportPage::ask_for_file() {
  if (!report_) return;
  const std::string now = format();
  const QString ending = now == "latex" ? QStringLiteral("tex")
                         : now == "csv" ? QStringLiteral("zip")
                                        : text_of(now);
  const QString file = QFileDialog::getSaveFileName(
      this, tr("Export the report"), text_of(report_->study) + u'.' + ending,
      tr("Reports (*.html *.pdf *.zip *.csv *.json *.tex)"));
  if (!file.isEmpty()) export_to(file);
}

void ReportPage::export_to(const QString& file) {
  if (!made_ || !report_) return;
  const std::filesystem::path out = file.toStdString();
  const std::string_view wanted = format_of(out);
  if (wanted.empty())
    return Q_EMIT failed(tr("The extension of '%1' is not a report format: use .html, .pdf, .json, "
                            ".csv, .zip or .tex.")
                             .arg(file));
  ReportRequest request = request_;
  request.out = out.string();
  const auto report = std::make_shared<const Report>(retold(*made_, request));
  ++pending_;
  busy_->show();
  run_in_background(
      this,
      [report, out, wanted] {
        return wanted == "pdf" ? write_pdf_report(*report, out)
                               : write_report(*report, wanted, out);
      },
      [this, file](const Result<void>& written) {
        --pending_;
        busy_->hide();
        if (written)
          Q_EMIT said(tr("The report was written: %1").arg(file));
        else
          Q_EMIT failed(text_of(to_string(written.error())));
      });
}

}  // namespace plumbline

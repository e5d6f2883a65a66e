#include "app/workbench/report_command.h"

#include <QApplication>

#include <unistd.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "core/data/atomic_file.h"
#include "core/decision/default_voters.h"
#include "core/report/make_report.h"
#include "core/report/section_table.h"
#include "core/report/writers/report_writer.h"
#include "core/review/review_kind.h"
#include "core/types/list_text.h"
#include "core/types/visible_text.h"
#include "widgets/jobs/job_words.h"
#include "widgets/report/pdf_report.h"

namespace plumbline {

namespace {

/// A line that is overwritten, where a person looks at it and only when it takes over a second.
class TerminalProgress {
 public:
  explicit TerminalProgress(bool quiet) : speaks_(!quiet && ::isatty(STDERR_FILENO) != 0) {}
  ~TerminalProgress() {
    if (said_) fmt::print(stderr, "\r\x1b[K");
  }
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;

  bool operator()(std::string_view what, double done) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!speaks_ || now - begun_ < std::chrono::seconds(1) ||
        now - last_ < std::chrono::milliseconds(100))
      return true;
    last_ = now;
    said_ = true;
    const double spent = std::chrono::duration<double>(now - begun_).count();
    const std::string left =
        done < 0.05 ? std::string()
                    : ", " + duration_text(spent * (1 - done) / done).toStdString() + " left";
    fmt::print(stderr, "\r\x1b[Kreport: {:.0f} %, {}{}", 100 * done, what, left);
    std::fflush(stderr);
    return true;
  }

 private:
  std::mutex mutex_;
  bool speaks_, said_ = false;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now(), last_ = begun_;
};

std::string section_list() {
  std::string text;
  for (const ReportSection* section : report_sections().all())
    text += fmt::format("{:<22}{} ({})\n", section->key, section->title, section->group);
  return text;
}

/// A line each, tab-separated, so that scripts may choose.
Result<void> print_subjects(const std::string& folder) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto runs = study->runs();
  TRY(runs);
  for (const RunInfo& run : *runs) {
    const auto kind = review_kind_of(*study, run);
    fmt::print("run\t{}\t{}\n", kind ? (*kind)->name : "unknown", visible_text(run.name));
  }
  const auto decisions = study->decisions();
  TRY(decisions);
  for (const StoredDecision& decision : *decisions)
    fmt::print("decision\t{}\t{}\n", visible_text(decision.run), visible_text(decision.name));
  const auto searches = study->searches();
  TRY(searches);
  for (const SearchInfo& search : *searches)
    fmt::print("search\t\t{}\n", visible_text(search.name));
  return {};
}

/// Names what was given and would have no effect.
Result<void> check_report_options(const ReportCommand& report) {
  const ReportRequest& request = report.request;
  if ((report.list || report.sections == "list") && !(report.out.empty() && report.format.empty()))
    return usage_error("a list goes to standard output, as text",
                       report.out.empty() ? "--format" : "-o", "leave it out");
  if (!request.decision.empty() && !(request.policy.empty() && request.voters.empty()))
    return usage_error("a saved decision is reported as it is, by its own voters",
                       request.policy.empty() ? "--voters" : "--policy",
                       "leave it out, or leave out --decision");
  if (!request.voters.empty() && request.policy.empty())
    return usage_error("they are the voters of a policy, and none is named", "--voters",
                       "add --policy");
  if (request.no_search && !request.search.empty())
    return usage_error("nothing is said of a search", "--search", "leave it out, or --no-search");
  const std::pair<const char*, const std::string&> of_run[] = {{"--run", request.run},
                                                               {"--split", request.split},
                                                               {"--decision", request.decision},
                                                               {"--policy", request.policy},
                                                               {"--voters", request.voters}};
  for (const auto& [option, text] : of_run)
    if (request.no_run && !text.empty())
      return usage_error("nothing is said of a run", option, "leave it out, or --no-run");
  return {};
}

}  // namespace

void add_options(CLI::App& command, ReportCommand& report) {
  ReportRequest& request = report.request;
  command.add_option("STUDY", report.study, "The study, a folder NAME.plumb");
  command.add_option("--run", request.run, "The run; the last one where none is named");
  command.add_option("--split", request.split,
                     "The split that is shown; of several the one called test, else the last");
  command.add_option("--decision", request.decision,
                     "A saved decision; left out, the run's last one, where there is one");
  command.add_option("--policy", request.policy,
                     "A policy instead, for example 'polygraph(thr_conf=0.7)'");
  command.add_option(
      "--voters", request.voters,
      fmt::format("MODEL:VIEW,… of the run, for --policy; left out, {}", default_voters_words));
  command.add_option("--search", request.search, "The search; the last one where none is named");
  command.add_flag("--no-run", request.no_run, "Of a search alone");
  command.add_flag("--no-search", request.no_search, "Of a run alone");
  command.add_flag("--list", report.list,
                   "Prints what there is to report of: runs with their kind of predictions, "
                   "decisions with their run, searches");
  command.add_option("--sections", report.sections,
                     "Sections or groups of them, in their order, with commas; 'list' prints them");
  command
      .add_option("--cases", report.cases,
                  "Failure cases: surest:24, cells:40 (one per confused pair), tag:NAME, "
                  "items:12,33.2 (samples of the split, or objects of them, from 0) or none")
      ->capture_default_str();
  command.add_option("--title", request.title, "Its title");
  command.add_option("--author", request.author, "The author, who answers for it");
  command.add_option("--remarks", request.remarks, "A paragraph at its beginning");
  command.add_flag("--paths", request.paths, "Absolute paths of files may be in it");
  command.add_flag("--no-provenance", report.without_provenance,
                   "Leaves out the lines below figures that say where they come from");
  command.add_option("--format", report.format,
                     "html, pdf, json, csv or latex; left out, by the file's ending");
  command.add_flag("--quiet", report.quiet, "No progress");
  command.add_option("-o,--output", report.out,
                     "The file: .html, .pdf, .json, .tex, .csv (every figure), .zip or a folder "
                     "(one CSV file per table); - is standard output");
}

Result<void> write_report_file(const ReportCommand& report, char* program) {
  TRY(check_report_options(report));
  if (report.sections == "list") {
    fmt::print("{}", section_list());
    return {};
  }
  if (report.list) return print_subjects(report.study);
  if (report.study.empty() || report.out.empty())
    return usage_error("STUDY and -o are needed", "report", "plumbline report --help");
  const std::string format =
      report.format.empty() ? std::string(format_of(report.out)) : report.format;
  if (format.empty())
    return usage_error(fmt::format("'{}' does not name a format", report.out), "-o",
                       "name it .html, .pdf, .json, .csv, .zip or .tex, or say --format");
  ReportRequest request = report.request;
  request.study = report.study;
  request.out = report.out;
  request.provenance = !report.without_provenance;
  request.sections = split_list(report.sections);
  auto cases = parse_case_choice(report.cases);
  TRY(cases);
  request.cases = std::move(*cases);
  TerminalProgress progress(report.quiet);
  const auto made = make_report(request, std::ref(progress));
  TRY(made);
  if (format == "pdf") {
    // Text is set with the fonts that Qt finds; no window is shown.
    ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
    int count = 1;
    char* words[] = {program, nullptr};
    const QApplication application(count, words);
    TRY(write_pdf_report(made->report, report.out, std::ref(progress)));
  } else {
    TRY(write_report(made->report, format, report.out));
  }
  if (!is_standard_output(report.out) && !report.quiet)
    fmt::print("{}: {} figures, {} sections\n", visible_text(report.out),
               made->report.figures.size(), made->report.sections.size());
  return {};
}

}  // namespace plumbline

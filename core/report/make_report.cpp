#include "core/report/make_report.h"

#include <algorithm>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/run_figures.h"
#include "core/report/search_figures.h"
#include "core/report/section_table.h"
#include "core/review/box_review.h"

namespace plumbline {

namespace {

std::string utc_now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

Result<std::vector<const ReportSection*>> wanted_sections(const ReportRequest& request) {
  std::vector<const ReportSection*> wanted;
  const auto all = report_sections().all();
  if (request.sections.empty()) return std::vector(all.begin(), all.end());
  for (const std::string& key : request.sections) {
    bool found = false;
    // A group's name stands for its sections.
    for (const ReportSection* section : all)
      if (section->key == key || section->group == key) {
        if (std::ranges::find(wanted, section) == wanted.end()) wanted.push_back(section);
        found = true;
      }
    if (found) continue;
    std::vector<std::string_view> keys;
    for (const ReportSection* section : all) keys.push_back(section->key);
    return usage_error(fmt::format("there is no section '{}'", key), "--sections",
                       fmt::format("{}", fmt::join(keys, ", ")));
  }
  return wanted;
}

std::string own_title(const ReportDraft& draft) {
  if (draft.run) {
    const bool one = draft.run->own.voters.size() == 1;
    const char* does = draft.run->reviewed->boxes ? (one ? "detector finds" : "detectors find")
                                                  : (one ? "voter catches" : "voters catch");
    return fmt::format("{} on {}: what {} {}", draft.run->own.words, draft.run->dataset.name,
                       draft.run->own.voters.size(), does);
  }
  if (draft.planer) {
    const ReportedNetwork* existing = draft.planer->baseline();
    return fmt::format("Search '{}'{}", draft.planer->search.name,
                       existing == nullptr ? "" : " for a faster " + existing->info.name);
  }
  return draft.report.study;
}

/// `request`: with everything named.
std::string subtitle_of(const Report& report, const ReportRequest& request) {
  std::string words = "Study " + report.study;
  if (!request.run.empty()) words += " · run " + request.run;
  if (!request.decision.empty()) words += " · decision " + request.decision;
  if (!request.search.empty()) words += " · search " + request.search;
  if (!report.author.empty()) words += " · " + report.author;
  return words + " · " + report.date.substr(0, 10) + " · Plumbline " + report.version;
}

void note_source(ReportDraft& draft) {
  if (!draft.run || (!draft.run->votes && !draft.run->reviewed->boxes)) return;
  const RunFindings& run = *draft.run;
  Report::Source source;
  source.predictions = run.kind;
  source.run = run.run.name;
  source.dataset = run.dataset.name;
  source.split = run.split;
  source.policy = written_policy(run.own.policy.policy, draft.request->paths);
  source.splits = run.splits;
  for (const std::size_t voter : run.own.voters)
    source.voters.push_back(to_string(run.run.voters[voter]));
  source.baseline_voter = to_string(run.run.voters.front());
  if (run.baseline) source.baseline = to_string(run.baseline->policy.policy);
  source.classes = run.dataset.classes;
  source.hashes = run.hashes;
  if (const auto& boxes = run.reviewed->boxes) {
    // The float that scores are compared with, as it is written.
    source.score = boxes->least;
    source.overlap = boxes->overlap;
    // Figures are of each of the run's detectors, whoever decides.
    source.voters.clear();
    for (const Voter& voter : run.run.voters) source.voters.push_back(to_string(voter));
  }
  draft.report.source = std::move(source);
}

/// The request with everything named that it left open.
ReportRequest resolved(const ReportDraft& draft) {
  ReportRequest request = *draft.request;
  if (draft.run) {
    request.run = draft.run->run.name;
    request.split = draft.run->split;
    request.decision = draft.run->decision;
    if (request.decision.empty()) {
      request.policy = written_policy(draft.run->own.policy.policy, request.paths);
      request.voters.clear();
      for (const std::size_t voter : draft.run->own.voters)
        request.voters +=
            (request.voters.empty() ? "" : ",") + to_string(draft.run->run.voters[voter]);
    }
  }
  if (draft.planer) request.search = draft.planer->search.name;
  return request;
}

}  // namespace

Result<MadeReport> make_report(const ReportRequest& request, const ReportProgress& progress) {
  const auto wanted = wanted_sections(request);
  TRY(wanted);
  const auto study = Study::open(request.study, Access::read_only);
  TRY(study);
  ReportDraft draft;
  draft.study = &*study;
  draft.request = &request;
  Report& report = draft.report;
  report.study = study->name();
  report.author = request.author;
  report.remarks = request.remarks;
  report.version = PLUMBLINE_VERSION;
  report.date = request.date.empty() ? utc_now() : request.date;
  auto run = gather_run(*study, request, progress);
  TRY(run);
  draft.run = std::move(*run);
  auto search = gather_search(*study, request);
  TRY(search);
  draft.planer = std::move(*search);
  if (!draft.run && !draft.planer)
    return bad_input("the study has neither a run nor a search to report of",
                     request.study.string(), "run models on a data set first");
  if (draft.run) add_run_figures(draft);
  if (draft.planer) add_search_figures(draft);
  MadeReport made;
  made.request = resolved(draft);
  made.own_title = own_title(draft);
  report.title = request.title.empty() ? made.own_title : request.title;
  report.subtitle = subtitle_of(report, made.request);
  report.command = command_line(made.request);
  note_source(draft);
  for (const ReportSection* section : report_sections().all())
    made.states.push_back({std::string(section->key), std::string(section->group),
                           std::string(section->title), section->missing(draft)});
  for (std::size_t done = 0; done < wanted->size(); ++done) {
    const ReportSection* section = (*wanted)[done];
    // Each section says how far it is from 0 to 1.
    if (progress)
      draft.progress = [&progress, done, count = wanted->size()](std::string_view what,
                                                                 double share) {
        return progress(what, 0.8 + 0.12 *
                                        (static_cast<double>(done) + std::clamp(share, 0.0, 1.0)) /
                                        static_cast<double>(count));
      };
    ReportSectionText text{
        std::string(section->key), std::string(section->group), std::string(section->title), {}};
    if (const std::string missing = section->missing(draft); !missing.empty()) {
      if (request.sections.empty()) continue;
      text.blocks.emplace_back(paragraph(missing, Paragraph::Role::missing));
    } else {
      auto blocks = section->write(draft);
      TRY(blocks);
      text.blocks = std::move(*blocks);
    }
    report.sections.push_back(std::move(text));
    if (draft.progress && !draft.progress("writing sections", 1))
      return fail(ErrorKind::cancelled, "the report was cancelled", {}, "nothing was written");
  }
  made.report = std::move(report);
  return made;
}

Report retold(const MadeReport& made, const ReportRequest& request) {
  Report report = made.report;
  ReportRequest whole = made.request;
  whole.sections = request.sections;
  whole.title = request.title;
  whole.author = request.author;
  whole.remarks = request.remarks;
  whole.out = request.out;
  report.title = request.title.empty() ? made.own_title : request.title;
  report.author = request.author;
  report.remarks = request.remarks;
  report.subtitle = subtitle_of(report, whole);
  report.command = command_line(whole);
  if (!request.sections.empty()) {
    report.sections.clear();
    for (const std::string& key : request.sections)
      if (const auto found = std::ranges::find(made.report.sections, key, &ReportSectionText::key);
          found != made.report.sections.end())
        report.sections.push_back(*found);
  }
  for (ReportSectionText& section : report.sections)
    for (ReportBlock& block : section.blocks)
      if (auto* listing = std::get_if<Listing>(&block))
        std::ranges::replace(listing->lines, made.report.command, report.command);
  return report;
}

}  // namespace plumbline

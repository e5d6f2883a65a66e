#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/report/case_image.h"
#include "core/report/section_table.h"
#include "core/review/box_table.h"
#include "core/review/box_views.h"
#include "core/types/threads.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

constexpr std::size_t most_answers_said = 6;

struct CaseRows {
  std::string key, title;
  std::vector<std::uint32_t> rows;
  std::size_t more = 0;
};

/// Rows of one verdict by falling confidence of the first voter, or score where there is none.
std::vector<std::uint32_t> surest_rows(const RunFindings& run, Verdict verdict) {
  const Decisions& decisions = run.reviewed->decisions;
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
    if (decisions.verdict[i] == verdict) rows.push_back(static_cast<std::uint32_t>(i));
  const auto sureness = [&](std::uint32_t row) {
    return run.votes ? run.table.voters.front().confidence_of(row) : decisions.score[row];
  };
  std::ranges::stable_sort(
      rows, [&](std::uint32_t a, std::uint32_t b) { return sureness(a) > sureness(b); });
  return rows;
}

CaseRows first_rows(std::string key, std::string title, std::vector<std::uint32_t> rows,
                    std::size_t most) {
  CaseRows chosen{std::move(key), std::move(title), std::move(rows), 0};
  if (chosen.rows.size() > most) {
    chosen.more = chosen.rows.size() - most;
    chosen.rows.resize(most);
  }
  return chosen;
}

/// Of boxes: undetected objects, those first that most voters find, the largest first among them;
/// and accepted boxes that find nothing, the surest first.
std::vector<CaseRows> choose_boxes(const RunFindings& run, std::size_t count) {
  const Decisions& decisions = run.reviewed->decisions;
  std::vector<std::uint32_t> undetected = surest_rows(run, Verdict::undetected), false_ones;
  if (const NumberColumn* finders = run.reviewed->table.number(box_column::found_by))
    std::ranges::stable_sort(undetected, std::ranges::greater(),
                             [&](std::uint32_t row) { return finders->values[row]; });
  for (const std::uint32_t row : surest_rows(run, Verdict::unjudged))
    if (decisions.accept[row] != 0) false_ones.push_back(row);
  return {first_rows("undetected", "Undetected objects, those that most voters find first",
                     std::move(undetected), count),
          first_rows("false-detections", "False detections, highest score first",
                     std::move(false_ones), (count + 1) / 2)};
}

std::vector<CaseRows> choose_cases(const RunFindings& run, const CaseChoice& choice) {
  const auto count = static_cast<std::size_t>(choice.count);
  const ReviewTable& table = run.reviewed->table;
  switch (choice.kind) {
    case CaseChoice::Kind::none: return {};
    case CaseChoice::Kind::surest:
      if (run.reviewed->boxes) return choose_boxes(run, count);
      return {first_rows("undetected", "Undetected, highest confidence",
                         surest_rows(run, Verdict::undetected), count),
              first_rows("caught", run.votes ? "Caught by redundancy" : "Rejected by the decision",
                         surest_rows(run, Verdict::caught), (count + 1) / 2)};
    case CaseChoice::Kind::cells: {
      std::set<std::pair<ClassIndex, ClassIndex>> seen;
      std::vector<std::uint32_t> rows;
      for (const std::uint32_t row : surest_rows(run, Verdict::undetected))
        if (!table.truth.empty() &&
            seen.emplace(table.truth[row], run.reviewed->decisions.label[row]).second)
          rows.push_back(row);
      return {first_rows("cells",
                         run.reviewed->boxes ? "One per class that goes undetected"
                                             : "One per pair of confused classes",
                         std::move(rows), count)};
    }
    case CaseChoice::Kind::tag: {
      std::vector<std::uint32_t> rows;
      if (const auto tagged = run.remarks.tags.find(choice.tag); tagged != run.remarks.tags.end())
        for (const ItemRef item : tagged->second)
          if (const auto row = table.row_of(item)) rows.push_back(static_cast<std::uint32_t>(*row));
      return {{"tagged", "Tagged “" + choice.tag + "”", std::move(rows), 0}};
    }
    case CaseChoice::Kind::items: {
      std::vector<std::uint32_t> rows;
      for (const ItemRef item : choice.items)
        if (const auto row = table.row_of(item)) rows.push_back(static_cast<std::uint32_t>(*row));
      return {{"selection", "Selection", std::move(rows), 0}};
    }
  }
  return {};
}

/// "0.91", "0.91–1.00".
std::string range_words(double low, double high) {
  std::string text = fmt::format("{:.2f}", low);
  if (fmt::format("{:.2f}", high) != text) text += fmt::format("–{:.2f}", high);
  return text;
}

/// Between entries; a line ends behind the dot, not before it.
constexpr std::string_view dot = "\u00A0· ";

/// Voters of the same answer together, in the order in which an answer is first given:
/// "5 × Dress 0.91–1.00 · Trouser 0.80".
std::string votes_words(const RunFindings& run, std::size_t sample) {
  struct Answer {
    ClassIndex label;
    std::size_t count;
    double low, high;
  };
  std::vector<Answer> answers;
  for (const auto& voter : run.table.voters) {
    const ClassIndex label = voter.predicted[sample];
    const double confidence = voter.confidence[sample];
    const auto known = std::ranges::find(answers, label, &Answer::label);
    if (known == answers.end()) {
      answers.push_back({label, 1, confidence, confidence});
      continue;
    }
    ++known->count;
    known->low = std::min(known->low, confidence);
    known->high = std::max(known->high, confidence);
  }
  std::string words;
  for (std::size_t i = 0; i < std::min(answers.size(), most_answers_said); ++i) {
    const Answer& answer = answers[i];
    if (i > 0) words += dot;
    if (answer.count > 1) words += fmt::format("{}\u00A0×\u00A0", answer.count);
    words += run.class_name(answer.label) + "\u00A0" + range_words(answer.low, answer.high);
  }
  if (answers.size() > most_answers_said)
    words += fmt::format(" and {} more", answers.size() - most_answers_said);
  return words;
}

/// What the detectors have where the row's object, or false detection, lies: "2 of 6 find it,
/// 0.31–0.44 · 4 low score, 0.09–0.20".
std::string finds_words(std::span<const VoterBoxView> views, bool is_object) {
  struct Finds {
    std::size_t count = 0;
    std::optional<double> low, high;
  };
  std::map<BoxOutcome, Finds> outcomes;
  for (const VoterBoxView& view : views) {
    Finds& finds = outcomes[view.outcome];
    ++finds.count;
    if (!view.box) continue;
    const double score = view.box->score;
    finds.low = std::min(finds.low.value_or(score), score);
    finds.high = std::max(finds.high.value_or(score), score);
  }
  const auto scores = [](const Finds& finds) {
    return finds.low ? ", " + range_words(*finds.low, *finds.high) : std::string();
  };
  std::string words =
      fmt::format("{} of {} {}{}", outcomes[BoxOutcome::found].count, views.size(),
                  is_object ? "find it" : "have it", scores(outcomes[BoxOutcome::found]));
  for (const auto& [outcome, finds] : outcomes)
    if (outcome != BoxOutcome::found)
      words += fmt::format("{}{}\u00A0{}{}", dot, finds.count, to_string(outcome), scores(finds));
  return words;
}

/// Voters' boxes: green is what finds the object, orange what lies near and does not.
std::vector<CaseBox> boxes_of_case(std::span<const VoterBoxView> views) {
  std::vector<CaseBox> boxes;
  for (const VoterBoxView& view : views) {
    if (!view.box) continue;
    const auto pixel = [](double at) {
      return static_cast<int>(std::lround(std::clamp(at, -65'536.0, 1e8)));
    };
    const PixelBox& box = view.box->box;
    boxes.push_back({{pixel(box.x), pixel(box.y), pixel(box.width), pixel(box.height)}, {}});
    if (view.outcome == BoxOutcome::found)
      boxes.back().colour = {0x00, 0x9E, 0x73};
    else
      boxes.back().colour = {0xE6, 0x9F, 0x00};
  }
  return boxes;
}

ReportCase case_of(const RunFindings& run, std::uint32_t row, const SampleInfo& sample) {
  const Decisions& decisions = run.reviewed->decisions;
  const ReviewTable& table = run.reviewed->table;
  ReportCase made;
  made.sample = sample.name;
  made.verdict = decisions.verdict[row];
  const std::string label = run.class_name(decisions.label[row]);
  const std::string truth = table.truth.empty() ? "" : run.class_name(table.truth[row]);
  made.caption = truth.empty() || truth == label ? label : truth + " → " + label;
  // Of boxes what is not there has no name.
  if (run.reviewed->boxes && decisions.label[row] == no_class) made.caption = truth;
  if (run.reviewed->boxes && !truth.empty() && table.truth[row] == no_class) made.caption = label;
  const ItemRef item = table.item(row);
  if (run.votes) made.votes = votes_words(run, item.sample());
  const std::string note = run.remarks.note_of(item);
  made.remarks = fmt::format("{}", fmt::join(run.remarks.tags_of(item), ", "));
  if (!note.empty()) made.remarks += (made.remarks.empty() ? "" : ": ") + note;
  return made;
}

/// Pictures are read and encoded on all cores: ten thousand of them take seconds.
Result<void> read_pictures(const ReportDraft& draft, const SampleReader& reader,
                           std::span<const SampleInfo> samples, std::span<ReportCase> cases,
                           std::span<const std::optional<PixelRect>> places,
                           std::span<const std::vector<CaseBox>> boxes) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::size_t done = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size() && !stopped; i = next++) {
      cases[i].image = read_case_image(reader, samples[i].locator, places[i], boxes[i]);
      if (!cases[i].image.problem.empty() && draft.request->paths)
        cases[i].image.problem = reader.place(samples[i].locator);
      const std::lock_guard lock(mutex);
      ++done;
      if (done % 64 == 0 && draft.progress &&
          !draft.progress("reading pictures",
                          static_cast<double>(done) / static_cast<double>(cases.size())))
        stopped = true;
    }
  };
  {
    const auto others = start_threads(std::min(core_count(), cases.size() / 8 + 1) - 1, work);
    work();
  }
  if (stopped)
    return fail(ErrorKind::cancelled, "the report was cancelled", {}, "nothing was written");
  return {};
}

std::string without_cases(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.request->cases.kind == CaseChoice::Kind::none ? "No failure cases were chosen." : "";
}

Result<std::vector<ReportBlock>> write_cases(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const ReviewTable& table = run.reviewed->table;
  const auto reader = draft.study->reader(run.run.dataset);
  TRY(reader);
  std::vector<ReportBlock> blocks;
  for (const CaseRows& chosen : choose_cases(run, draft.request->cases)) {
    CaseGrid grid{chosen.key, chosen.title, {}, {}};
    std::vector<SampleInfo> samples;
    std::vector<std::optional<PixelRect>> places;
    std::vector<std::vector<CaseBox>> boxes;
    for (const std::uint32_t row : chosen.rows) {
      const auto sample =
          draft.study->samples(run.run.dataset, run.split, table.item(row).sample(), 1);
      TRY(sample);
      if (sample->empty()) return bad_input("the study has no such sample", run.split);
      samples.push_back(sample->front());
      grid.cases.push_back(case_of(run, row, sample->front()));
      places.push_back(table.place ? table.place(row) : std::nullopt);
      boxes.emplace_back();
      if (!run.reviewed->boxes) continue;
      const auto views = voter_views(*run.reviewed->boxes, row);
      grid.cases.back().votes = finds_words(views, chosen.key != "false-detections");
      boxes.back() = boxes_of_case(views);
    }
    TRY(read_pictures(draft, *reader, samples, grid.cases, places, boxes));
    if (chosen.more > 0)
      grid.left_out = grouped(static_cast<std::int64_t>(chosen.more)) + " more are left out.";
    if (grid.cases.empty())
      blocks.emplace_back(paragraph(chosen.title + ": none.", Paragraph::Role::missing));
    else
      blocks.emplace_back(std::move(grid));
  }
  if (run.reviewed->boxes && !blocks.empty())
    blocks.emplace_back(
        paragraph("White: the object, or the false detection. Green: a detector's box that finds "
                  "it. Orange: a detector's box near it that does not.",
                  Paragraph::Role::small));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

}  // namespace

extern const ReportSection cases_section;
const ReportSection cases_section = {.key = "cases",
                                     .group = "cases",
                                     .title = "Failure cases",
                                     .missing = without_cases,
                                     .write = write_cases};

}  // namespace plumbline

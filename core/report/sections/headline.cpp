#include <cmath>

#include <fmt/format.h>

#include "core/report/section_table.h"

namespace plumbline {

namespace {

std::string samples_words(const RunFindings& run) {
  return grouped(run.own.figures->data.counts.judged()) + " samples of the split '" + run.split +
         "'";
}

/// What happened to the undetected mispredictions, no more surely than their interval says.
Text change_words(const ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  Text text;
  const ReportFigure& difference = draft.figure("difference.undetected_mispredictions");
  if (!run.baseline || !difference.value) {
    text.add("Of " + samples_words(run) + " the decision " + run.own.words + " keeps ")
        .add(draft.use("decision.kept_correct"))
        .add(" correct ones and lets ")
        .add(draft.use("decision.undetected_mispredictions"))
        .add(" mispredictions pass undetected (95 % interval ")
        .add(draft.use("decision.undetected_mispredictions", FigurePart::interval))
        .add(").");
    return text;
  }
  const std::string single =
      run.baseline->words + " of the single voter " + to_string(run.run.voters.front());
  if (run.equal_kept) {
    text.add("At the number of correct predictions that " + run.own.words + " keeps (")
        .add(draft.use("decision.kept_correct"))
        .add("), ");
  } else {
    text.add(run.own.words + " keeps ")
        .add(draft.use("decision.kept_correct"))
        .add(" correct predictions, more than the single voter can at any threshold. Beside " +
             single + ", which keeps ")
        .add(draft.use("baseline.kept_correct"))
        .add(", ");
  }
  text.add("undetected mispredictions ");
  const bool finding = is_finding(difference);
  if (!finding)
    text.add(run.equal_kept ? "are neither more nor fewer, beyond chance,"
                            : "do not differ by more than chance");
  else
    text.add(*difference.value < 0 ? "are fewer" : "are more");
  text.add(run.equal_kept ? " than with " + single : "")
      .add(": ")
      .add(draft.use("decision.undetected_mispredictions"))
      .add(" against ")
      .add(draft.use("baseline.undetected_mispredictions"))
      .add(", a difference of ")
      .add(draft.use("difference.undetected_mispredictions"));
  if (difference.interval)
    text.add(" (95 % interval ")
        .add(draft.use("difference.undetected_mispredictions", FigurePart::interval))
        .add(")");
  else
    text.add(", of which no interval is known, so it is not a finding");
  const ReportFigure& relative = draft.figure("difference.undetected_relative");
  if (finding && is_finding(relative))
    text.add(", or ")
        .add(draft.use("difference.undetected_relative"))
        .add(" relative to the baseline (")
        .add(draft.use("difference.undetected_relative", FigurePart::interval))
        .add(")");
  text.add(".");
  return text;
}

Text cost_words(const ReportDraft& draft) {
  Text text;
  if (draft.figure("decision.latency_ratio").value)
    text.add(" The expected latency is ")
        .add(draft.use("decision.latency_ratio"))
        .add(" that of one voter.");
  return text;
}

Paragraph chosen_paragraph(const RunFindings& run) {
  switch (run.chosen) {
    case Chosen::elsewhere:
      return paragraph("The parameters were chosen on the split '" + run.selected_on + "'" +
                       (run.rule.empty() ? "" : " by the rule " + run.rule) +
                       "; the figures are test figures, of " + samples_words(run) + ".");
    case Chosen::here:
      return paragraph("The parameters were chosen on '" + run.split +
                           "', the split that is shown. These are not test figures: they are "
                           "better than unseen data would show.",
                       Paragraph::Role::caution);
    default:
      return paragraph(
          "The parameters were set by hand. Whether they were chosen with a look at '" + run.split +
              "' is not recorded, so these figures must not be taken for test figures.",
          Paragraph::Role::caution);
  }
}

TableRow metric_row(const ReportDraft& draft, const Metric& metric) {
  const std::string key(metric.key);
  TableRow row;
  std::string title(metric.title);
  if (metric.better == Better::lower && metric.unit != MetricUnit::count) title += " ↓";
  row.cells.push_back({title});
  row.cells.push_back({draft.use("decision." + key), true});
  row.cells.push_back({draft.use("decision." + key, FigurePart::interval)});
  if (draft.run->baseline) {
    const bool there = draft.has("baseline." + key);
    row.cells.push_back({there ? Text(draft.use("baseline." + key)) : Text("–")});
    const std::string difference = "difference." + key;
    // A difference without an interval is no finding, and is not shown as one.
    if (draft.has(difference) && draft.figure(difference).interval) {
      row.cells.push_back({draft.use(difference)});
      row.cells.push_back({draft.use(difference, FigurePart::interval)});
    } else {
      row.cells.push_back({"–"});
      row.cells.push_back({""});
    }
  }
  for (const Verdict verdict :
       {Verdict::kept, Verdict::undetected, Verdict::caught, Verdict::needlessly_rejected}) {
    constexpr std::string_view keys[] = {"kept_correct", "undetected_mispredictions",
                                         "caught_mispredictions", "needlessly_rejected"};
    if (keys[static_cast<std::size_t>(verdict)] == metric.key) row.mark = verdict;
  }
  return row;
}

Result<std::vector<ReportBlock>> write_headline(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<ReportBlock> blocks;
  Text lead = change_words(draft);
  for (auto& part : cost_words(draft).parts) lead.parts.push_back(part);
  blocks.emplace_back(paragraph(std::move(lead), Paragraph::Role::lead));
  blocks.emplace_back(chosen_paragraph(run));
  ReportTable table;
  table.key = "verdicts";
  const std::string shown = run.chosen == Chosen::elsewhere ? "test figures"
                            : run.chosen == Chosen::here ? "chosen on this split, not test figures"
                                                         : "parameters set by hand";
  table.caption = fmt::format("Split '{}', {} samples; {}; ↓ lower is better", run.split,
                              grouped(run.own.figures->data.counts.judged()), shown);
  table.heads = {"figure", run.own.words, "95 % interval"};
  if (run.baseline) {
    table.heads.push_back(run.baseline->words + ", " + to_string(run.run.voters.front()));
    table.heads.insert(table.heads.end(), {"difference", "95 % interval, paired"});
  }
  table.numeric.assign(table.heads.size(), true);
  table.numeric.front() = false;
  for (const Metric* metric : metric_table().all())
    if (!metric->note && metric->key != "samples" &&
        draft.figure("decision." + std::string(metric->key)).value)
      table.rows.push_back(metric_row(draft, *metric));
  blocks.emplace_back(std::move(table));
  if (run.baseline && run.equal_kept)
    blocks.emplace_back(paragraph(
        "The baseline's threshold is set on the split shown, so that it keeps as many: it is the "
        "baseline that is chosen with a look at the samples, in its own favour.",
        Paragraph::Role::small));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

std::string without_headline(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->kind == "boxes" ? "What detectors find is under Detection." : "";
}

}  // namespace

extern const ReportSection headline_section;
const ReportSection headline_section = {.key = "headline",
                                        .group = "summary",
                                        .title = "Summary",
                                        .missing = without_headline,
                                        .write = write_headline};

}  // namespace plumbline

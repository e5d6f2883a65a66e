#include <fmt/format.h>

#include "core/decision/bound_policy.h"
#include "core/report/section_table.h"

namespace plumbline {

namespace {

std::string without_latency(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->cost.latency_ms
             ? ""
             : "Not all voters that are asked were timed on one device with one batch.";
}

Result<std::vector<ReportBlock>> write_cost(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<ReportBlock> blocks;
  Text text("The expected latency of a batch is ");
  text.add(draft.use("decision.expected_latency_ms"));
  if (draft.figure("decision.latency_ratio").value)
    text.add(", ").add(draft.use("decision.latency_ratio")).add(" the first voter's");
  text.add(
      fmt::format("; {} of {} voters are asked at all. A latency has no interval here: it is "
                  "made of medians, each voter's for the share of samples for which it is "
                  "asked.",
                  run.cost.asked, run.own.voters.size()));
  blocks.emplace_back(paragraph(std::move(text)));
  const std::vector<double> shares =
      run.votes ? asked_shares(run.own.policy, run.table) : asked_shares(run.own.policy);
  ReportTable table{"asked", "Who is asked", {"voter", "asked for"}, {false, true}, {}};
  for (std::size_t v = 0; v < shares.size() && v < run.own.voters.size(); ++v) {
    ReportFigure figure;
    const std::string voter = to_string(run.run.voters[run.own.voters[v]]);
    figure.id = fmt::format("voter.{}.asked", v + 1);
    figure.title = "share of samples for which " + voter + " is asked";
    figure.definition = "A voter is not asked where no answer of it can change the verdict.";
    figure.unit = ReportUnit::fraction;
    figure.value = shares[v];
    figure.n = run.own.figures->data.counts.judged();
    figure.provenance = draft.add(draft.run_provenance(run.own.words));
    table.rows.push_back({{{voter}, {draft.add(std::move(figure))}}, {}});
  }
  blocks.emplace_back(std::move(table));
  blocks.emplace_back(paragraph("No energy was measured.", Paragraph::Role::missing));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

}  // namespace

extern const ReportSection cost_section;
const ReportSection cost_section = {.key = "cost",
                                    .group = "decision",
                                    .title = "Cost and energy",
                                    .missing = without_latency,
                                    .write = write_cost};

}  // namespace plumbline

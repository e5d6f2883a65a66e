#include <fmt/format.h>

#include "core/decision/bound_policy.h"
#include "core/report/section_table.h"

namespace plumbline {

namespace {

/// "0.12 J", "120 J": two digits, written out.
std::string spread_words(double joules) {
  return joules < 99.5 ? fmt::format("{:.2g} J", joules) : fmt::format("{:.0f} J", joules);
}

std::string without_costs(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  return draft.run->cost.latency_ms || draft.run->energies
             ? ""
             : "Not all voters that are asked were timed on one device with one batch.";
}

/// What each voter draws, and where that was measured. Nothing where it was not.
void add_voters_energy(ReportDraft& draft, std::vector<ReportBlock>& blocks) {
  const RunFindings& run = *draft.run;
  if (!run.energies) return;
  const RunEnergies& energies = *run.energies;
  ReportTable table{"energy",
                    "Energy of 1,000 images",
                    {"voter", "in all", "middle half differs by", "of which at rest", "batch"},
                    {false, true, true, true, true},
                    {}};
  table.caption = fmt::format(
      "{}, by {}, {}; the device draws {:.3g} W at rest; medians over windows of steady work",
      energies.device, energies.source, energies.measured_at, energies.idle_watts);
  for (std::size_t v = 0; v < run.own.voters.size(); ++v) {
    const std::size_t place = run.own.voters[v];
    const std::string voter = to_string(run.run.voters[place]);
    const auto& energy = energies.voters[place];
    if (!energy) {
      table.rows.push_back({{{voter}, {"–"}, {"–"}, {"–"}, {"–"}}, {}});
      continue;
    }
    Provenance from = draft.run_provenance("");
    from.policy.clear();
    from.voters = voter;
    from.device = energies.device;
    from.batch = energy->batch;
    const auto figure = [&](const char* key, const std::string& title, std::string definition,
                            double joules) {
      ReportFigure made;
      made.id = fmt::format("voter.{}.{}", v + 1, key);
      made.title = title + " of " + voter;
      made.definition = std::move(definition);
      made.unit = ReportUnit::joules;
      made.value = joules;
      made.provenance = draft.add(from);
      return draft.add(std::move(made));
    };
    const FigureUse all =
        figure("joules_per_1000", "energy of 1,000 images",
               fmt::format("Median over {} windows of steady work, which differ by {} in their "
                           "middle half.",
                           energy->repeats, spread_words(energy->spread)),
               energy->joules);
    const FigureUse idle =
        figure("joules_idle_per_1000", "energy at rest in the time of 1,000 images",
               "What the device would have drawn at rest in the same time.", energy->idle_joules);
    table.rows.push_back({{{voter},
                           {all},
                           {spread_words(energy->spread)},
                           {idle},
                           {fmt::format("{}", energy->batch)}},
                          {}});
  }
  blocks.emplace_back(std::move(table));
}

Result<std::vector<ReportBlock>> write_cost(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<ReportBlock> blocks;
  Text text;
  if (run.cost.latency_ms)
    text.add("The expected latency of a batch is ").add(draft.use("decision.expected_latency_ms"));
  else
    text.add("Not all voters that are asked were timed on one device with one batch");
  if (draft.figure("decision.latency_ratio").value)
    text.add(", ").add(draft.use("decision.latency_ratio")).add(" the first voter's");
  text.add(fmt::format(
      "; {} of {} voters are asked at all. {} has no interval here: it is made of "
      "medians, each voter's for the share of samples for which it is asked.",
      run.cost.asked, run.own.voters.size(), run.cost.latency_ms ? "A latency" : "An energy"));
  blocks.emplace_back(paragraph(std::move(text)));
  const std::vector<double> shares =
      run.votes ? asked_shares(run.own.policy, run.table) : asked_shares(run.own.policy);
  ReportTable table{"asked", "Who is asked", {"voter", "asked for"}, {false, true}, {}};
  for (std::size_t v = 0; v < shares.size() && v < run.own.voters.size(); ++v) {
    ReportFigure figure;
    const std::string voter = to_string(run.run.voters[run.own.voters[v]]);
    figure.id = fmt::format("voter.{}.asked", v + 1);
    figure.title = "share of samples for which " + voter + " is asked";
    figure.definition = "A voter is not asked where none of its answers can change the verdict.";
    figure.unit = ReportUnit::fraction;
    figure.value = shares[v];
    figure.n = run.own.figures->data.counts.judged();
    figure.provenance = draft.add(draft.run_provenance(run.own.words));
    table.rows.push_back({{{voter}, {draft.add(std::move(figure))}}, {}});
  }
  blocks.emplace_back(std::move(table));
  if (run.energy.joules) {
    Text energy("The expected energy of 1,000 images is ");
    energy.add(draft.use("decision.joules_per_1000"));
    if (draft.figure("decision.joules_ratio").value)
      energy.add(", ").add(draft.use("decision.joules_ratio")).add(" the first voter's");
    energy.add(": what the device drew in all, reading and decoding images not included.");
    blocks.emplace_back(paragraph(std::move(energy)));
  } else {
    blocks.emplace_back(
        paragraph("No energy is known: " + run.no_energy + ".", Paragraph::Role::missing));
  }
  add_voters_energy(draft, blocks);
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

}  // namespace

extern const ReportSection cost_section;
const ReportSection cost_section = {.key = "cost",
                                    .group = "decision",
                                    .title = "Cost and energy",
                                    .missing = without_costs,
                                    .write = write_cost};

}  // namespace plumbline

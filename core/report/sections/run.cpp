// What was run: the data, and who votes.
#include <algorithm>

#include <fmt/format.h>

#include "core/decision/policies/counted_costs.h"
#include "core/report/section_table.h"

namespace plumbline {

namespace {

constexpr std::size_t most_warnings = 20;

void add_fact(ReportTable& table, std::string name, std::string value) {
  if (!value.empty()) table.rows.push_back({{{std::move(name)}, {std::move(value)}}, {}});
}

Result<std::vector<ReportBlock>> write_data(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<ReportBlock> blocks;
  ReportTable table{"data", "What was run", {"", ""}, {false, false}, {}};
  add_fact(table, "run", run.run.name);
  add_fact(table, "data set",
           fmt::format("{} ({}), {} classes", run.dataset.name, to_string(run.dataset.format),
                       run.dataset.classes.size()));
  for (const auto& [split, samples] : run.splits)
    add_fact(table, "split " + split, grouped(samples) + " samples");
  add_fact(table, "predictions", run.kind);
  add_fact(table, "device", run.device());
  add_fact(table, "precision", run.run.precision);
  if (run.run.batch > 0) add_fact(table, "batch", std::to_string(run.run.batch));
  add_fact(table, "decoder", run.run.decoder);
  for (const auto& [what, hash] : run.hashes) add_fact(table, "XXH3-128 of " + what, hash);
  if (draft.request->paths)
    if (const auto reader = draft.study->reader(run.run.dataset))
      for (const DataSource& source : reader->sources())
        add_fact(table, "source", source.path.string());
  blocks.emplace_back(std::move(table));
  if (!run.gaps.empty())
    blocks.emplace_back(paragraph("Not complete: " + run.gaps + ".", Paragraph::Role::caution));
  if (!run.warnings.empty()) {
    Listing warnings{fmt::format("{} {}", grouped(static_cast<std::int64_t>(run.warnings.size())),
                                 run.warnings.size() == 1 ? "warning" : "warnings"),
                     {}};
    for (std::size_t i = 0; i < std::min(run.warnings.size(), most_warnings); ++i) {
      // A place may be a whole path.
      const std::string place =
          draft.request->paths ? run.warnings[i].where
                               : std::filesystem::path(run.warnings[i].where).filename().string();
      const std::string message =
          draft.request->paths ? run.warnings[i].message : run.warnings[i].code;
      warnings.lines.push_back(place + ": " + message);
    }
    if (run.warnings.size() > most_warnings)
      warnings.lines.push_back(fmt::format("… and {} more", run.warnings.size() - most_warnings));
    blocks.emplace_back(std::move(warnings));
  }
  return blocks;
}

Result<std::vector<ReportBlock>> write_voters(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  std::vector<ReportBlock> blocks;
  ReportTable table{
      "voters",
      fmt::format("{} of the run's {} voters decide", run.own.voters.size(), run.run.voters.size()),
      {"voter"},
      {false},
      {}};
  // Of a network that came as TorchScript it is not known.
  const auto architecture = [&](std::size_t place) -> std::string {
    const auto model = std::ranges::find(run.models, run.run.voters[place].model, &ModelInfo::name);
    return model == run.models.end() ? "" : model->card.architecture;
  };
  const bool known = std::ranges::any_of(
      run.own.voters, [&](std::size_t place) { return !architecture(place).empty(); });
  if (known) {
    table.heads.push_back("architecture");
    table.numeric.push_back(false);
  }
  if (run.votes) {
    table.heads.insert(table.heads.end(),
                       {"accuracy", "95 % interval", "difference from the first", "95 % interval"});
    table.numeric.insert(table.numeric.end(), 4, true);
  }
  table.heads.push_back("ms per batch");
  table.numeric.push_back(true);
  for (std::size_t v = 0; v < run.own.voters.size(); ++v) {
    const Voter& voter = run.run.voters[run.own.voters[v]];
    TableRow row;
    row.cells.push_back({to_string(voter)});
    if (known) row.cells.push_back({architecture(run.own.voters[v])});
    if (run.votes) {
      const std::string accuracy = fmt::format("voter.{}.accuracy", v + 1);
      row.cells.push_back({draft.use(accuracy)});
      row.cells.push_back({draft.use(accuracy, FigurePart::interval)});
      if (v == 0) {
        row.cells.insert(row.cells.end(), {{"–"}, {""}});
      } else {
        row.cells.push_back({draft.use(accuracy + "_difference")});
        row.cells.push_back({draft.use(accuracy + "_difference", FigurePart::interval)});
      }
    }
    const std::size_t place = run.own.voters[v];
    Text latency("–");
    if (place < run.sets.size() && run.sets[place].latency) {
      ReportFigure figure;
      figure.id = fmt::format("voter.{}.latency", v + 1);
      figure.title = "time of a batch of " + to_string(voter);
      figure.definition =
          fmt::format("Median over {} batches of {}.", run.sets[place].latency->batches,
                      run.sets[place].latency->batch);
      figure.unit = ReportUnit::milliseconds;
      figure.value = run.sets[place].latency->median_ms;
      Provenance from = draft.run_provenance("");
      from.policy.clear();
      from.voters = to_string(voter);
      from.device = run.sets[place].latency->device;
      from.batch = run.sets[place].latency->batch;
      figure.provenance = draft.add(from);
      latency = Text(draft.add(std::move(figure)));
    }
    row.cells.push_back({std::move(latency)});
    table.rows.push_back(std::move(row));
  }
  blocks.emplace_back(std::move(table));
  return blocks;
}

Result<std::vector<ReportBlock>> write_policy(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const Policy& policy = run.own.policy.policy;
  std::vector<ReportBlock> blocks;
  blocks.emplace_back(paragraph(fmt::format("{}: {}.", policy.kind().name, policy.kind().summary)));
  ReportTable table{
      "policy", "Parameters", {"parameter", "value", "meaning"}, {false, true, false}, {}};
  for (std::size_t i = 0; i < policy.kind().parameters.size(); ++i) {
    const PolicyParameter& parameter = policy.kind().parameters[i];
    std::string value = argument_text(policy, i);
    // A file's name is enough to know it again; where it lies is nobody's affair.
    if (parameter.type == ParameterType::file && !draft.request->paths)
      value = std::filesystem::path(value).filename().string();
    table.rows.push_back(
        {{{std::string(parameter.name)}, {value}, {std::string(parameter.meaning)}}, {}});
  }
  if (!table.rows.empty()) blocks.emplace_back(std::move(table));
  if (const auto* costs = costs_of(run.own.policy); costs != nullptr && !costs->empty())
    blocks.emplace_back(paragraph(fmt::format(
        "It counts costs by true and by decided class, {} of which are other than 0 and 1.",
        std::ranges::count_if(*costs, [](double cost) { return cost != 0 && cost != 1; }))));
  if (const auto fitted = fitted_on(run.own.policy); !fitted.empty())
    blocks.emplace_back(
        paragraph("What it learns was learned on the split '" + fitted.front() + "'."));
  if (!run.on_selected) return blocks;
  ReportTable drift{"drift",
                    fmt::format("Where the parameters were chosen ('{}') and where they are shown "
                                "('{}')",
                                run.selected_on, run.split),
                    {"figure", "chosen on " + run.selected_on, "shown on " + run.split, "drift",
                     "95 % interval of chance"},
                    {false, true, true, true, true},
                    {}};
  const auto add_row = [&](std::string_view key) {
    const std::string name(key);
    if (!draft.has("drift." + name)) return;
    drift.rows.push_back({{{draft.figure("selected." + name).title},
                           {draft.use("selected." + name)},
                           {draft.use("decision." + name)},
                           {draft.use("drift." + name)},
                           {draft.use("drift." + name, FigurePart::interval)}},
                          {}});
  };
  if (run.reviewed->boxes)
    for (const char* key : {"found_share", "false_per_image"}) add_row(key);
  else
    for (const Drift& of : run.drift) add_row(of.metric->key);
  if (!drift.rows.empty()) blocks.emplace_back(std::move(drift));
  return blocks;
}

}  // namespace

extern const ReportSection data_section, voters_section, policy_section;
const ReportSection data_section = {
    .key = "data", .group = "run", .title = "Data", .missing = without_run, .write = write_data};
const ReportSection voters_section = {.key = "voters",
                                      .group = "run",
                                      .title = "Voters, latency",
                                      .missing = without_run,
                                      .write = write_voters};
const ReportSection policy_section = {.key = "policy",
                                      .group = "decision",
                                      .title = "Policy and parameters",
                                      .missing = without_run,
                                      .write = write_policy};

}  // namespace plumbline

#include <fmt/format.h>

#include "core/report/section_table.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

std::string without_certificate(const ReportDraft& draft) {
  if (!draft.run) return without_run(draft);
  if (draft.run->decision.empty())
    return "No saved decision is shown, so no promise was asked for.";
  return draft.run->certificate.empty()
             ? "No promise was asked for when the decision was made (decide --certify)."
             : "";
}

Result<std::vector<ReportBlock>> write_certificate(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  const auto json = parse_json(run.certificate, "the certificate of '" + run.decision + "'");
  TRY(json);
  std::vector<ReportBlock> blocks;
  JsonErrors errors{"the certificate of '" + run.decision + "'", "", {}};
  JsonObject certificate(*json, "", errors);
  blocks.emplace_back(paragraph(certificate.text("words", 4096, ""), Paragraph::Role::lead));
  Provenance from = draft.run_provenance(run.own.words);
  from.split = certificate.text("split", 4096, "");
  from.chosen = Chosen::here;
  const std::size_t provenance = draft.add(from);
  ReportTable table{
      "certificate", "What was shown on '" + from.split + "'", {"", "value"}, {false, true}, {}};
  const auto add_number = [&](const char* id, const char* title, const char* key,
                              const char* definition, ReportUnit unit) {
    if (!certificate.has(key) || !certificate.any(key).is_number()) return;
    ReportFigure figure;
    figure.id = std::string("certificate.") + id;
    figure.title = title;
    figure.definition = definition;
    figure.unit = unit;
    figure.value = certificate.any(key).get<double>();
    figure.provenance = provenance;
    const FigureUse use = draft.add(std::move(figure));
    table.rows.push_back({{{title}, {use}}, {}});
  };
  table.rows.push_back({{{"promise"}, {certificate.text("target", 4096, "")}}, {}});
  add_number("samples", "samples judged", "samples", "On the split where it was shown.",
             ReportUnit::count);
  add_number("accepted", "accepted", "accepted", "Of these samples, at the threshold found.",
             ReportUnit::count);
  add_number("wrong", "wrong among the accepted", "wrong", "At the same threshold.",
             ReportUnit::count);
  add_number("upper_bound", "risk that is ruled out", "upper_bound",
             "The least risk that this number of wrong samples rules out at its share of δ "
             "(Clopper and Pearson, 1934).",
             ReportUnit::fraction);
  blocks.emplace_back(std::move(table));
  if (run.selected_on != from.split || run.chosen != Chosen::elsewhere)
    blocks.emplace_back(
        paragraph("A promise holds for data like that split, and only for the policy with the "
                  "setting that was found there.",
                  Paragraph::Role::small));
  return blocks;
}

}  // namespace

extern const ReportSection certificate_section;
const ReportSection certificate_section = {.key = "certificate",
                                           .group = "decision",
                                           .title = "Certificate",
                                           .missing = without_certificate,
                                           .write = write_certificate};

}  // namespace plumbline

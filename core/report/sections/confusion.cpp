// Which classes are taken for which, and where voters differ.
#include <algorithm>

#include <fmt/format.h>

#include "core/metrics/confusion.h"
#include "core/report/section_table.h"

namespace plumbline {

namespace {

constexpr std::size_t most_matrix_classes = 20, most_pairs = 30;

Result<std::vector<ReportBlock>> write_confusion(ReportDraft& draft) {
  const RunFindings& run = *draft.run;
  ConfusionMatrix matrix;
  matrix.count(run.reviewed->decisions, run.table.labels, run.dataset.classes.size());
  std::vector<ReportBlock> blocks;
  if (matrix.classes() <= most_matrix_classes && matrix.classes() > 0) {
    ReportTable table{"confusion",
                      "Accepted samples by true class (rows) and decided class",
                      {"true class"},
                      {false},
                      {}};
    for (std::size_t label = 0; label < matrix.classes(); ++label) {
      table.heads.push_back(run.class_name(static_cast<ClassIndex>(label)));
      table.numeric.push_back(true);
    }
    for (std::size_t truth = 0; truth < matrix.classes(); ++truth) {
      TableRow row;
      row.cells.push_back({run.class_name(static_cast<ClassIndex>(truth))});
      for (std::size_t label = 0; label < matrix.classes(); ++label) {
        const std::int64_t samples = truth == label ? matrix.right(static_cast<ClassIndex>(truth))
                                                    : matrix.at(static_cast<ClassIndex>(truth),
                                                                static_cast<ClassIndex>(label));
        row.cells.push_back({samples == 0 ? "·" : grouped(samples), truth == label});
      }
      table.rows.push_back(std::move(row));
    }
    blocks.emplace_back(std::move(table));
  }
  ReportTable pairs{"confused-pairs",
                    "Undetected mispredictions by pair, most first",
                    {"true class", "decided class", "samples"},
                    {false, false, true},
                    {}};
  for (const auto& pair : matrix.wrong_pairs()) {
    if (pairs.rows.size() == most_pairs) break;
    pairs.rows.push_back(
        {{{run.class_name(pair.truth)}, {run.class_name(pair.label)}, {grouped(pair.samples)}},
         {}});
  }
  if (pairs.rows.empty())
    blocks.emplace_back(paragraph("No accepted sample is wrong."));
  else
    blocks.emplace_back(std::move(pairs));
  if (matrix.wrong_pairs().size() > most_pairs)
    blocks.emplace_back(paragraph(
        fmt::format("{} further pairs are left out.", matrix.wrong_pairs().size() - most_pairs),
        Paragraph::Role::small));
  draft.say_provenance(blocks, draft.add(draft.run_provenance(run.own.words)));
  return blocks;
}

Result<std::vector<ReportBlock>> write_disagreement(ReportDraft& draft) {
  std::vector<ReportBlock> blocks;
  ReportTable table{"agreement",
                    "How the voters agree",
                    {"", "share of samples", "95 % interval"},
                    {false, true, true},
                    {}};
  for (const char* id :
       {"agreement.all_right", "agreement.differ", "agreement.all_wrong", "agreement.same_wrong"})
    table.rows.push_back(
        {{{draft.figure(id).title}, {draft.use(id)}, {draft.use(id, FigurePart::interval)}}, {}});
  blocks.emplace_back(std::move(table));
  blocks.emplace_back(
      paragraph("What all voters get wrong alike cannot be caught by any vote. The rows overlap, "
                "so they do not add up.",
                Paragraph::Role::small));
  draft.say_provenance(blocks, draft.figure("agreement.differ").provenance);
  return blocks;
}

}  // namespace

extern const ReportSection confusion_section, disagreement_section;
const ReportSection confusion_section = {.key = "confusion",
                                         .group = "decision",
                                         .title = "Confusion matrix",
                                         .missing = without_classes,
                                         .write = write_confusion};
const ReportSection disagreement_section = {.key = "disagreement",
                                            .group = "decision",
                                            .title = "Agreement of the voters",
                                            .missing = without_classes,
                                            .write = write_disagreement};

}  // namespace plumbline

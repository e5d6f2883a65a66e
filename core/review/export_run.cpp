#include "core/review/export_run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/review/query.h"
#include "core/study/row_writer.h"
#include "core/study/run_dataset.h"

namespace plumbline {

namespace {

constexpr std::int64_t samples_at_once = 16'384;

class ClassNames {
 public:
  explicit ClassNames(std::vector<std::string> names) : names_(std::move(names)) {}
  void write(RowWriter& rows, ClassIndex index) const {
    if (index == no_class)
      rows.empty();
    else if (index < names_.size())
      rows.text(names_[index]);
    else
      rows.text(std::to_string(index));
  }

 private:
  std::vector<std::string> names_;
};

Result<ClassNames> class_names(const StudyData& study, const RunInfo& run) {
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  return ClassNames(dataset->classes);
}

/// Calls `use(position, sample)` for every sample of a split, a page at a time.
template <class Use>
Result<void> for_each_sample(const StudyData& study, std::int64_t dataset, const std::string& split,
                             Use use) {
  for (std::int64_t first = 0;; first += samples_at_once) {
    const auto page = study.samples(dataset, split, first, samples_at_once);
    TRY(page);
    for (std::size_t i = 0; i < page->size(); ++i)
      use(static_cast<std::size_t>(first) + i, (*page)[i]);
    if (page->size() < samples_at_once) return {};
  }
}

Result<SampleInfo> read_sample(const StudyData& study, std::int64_t dataset,
                               const std::string& split, std::size_t sample) {
  auto page = study.samples(dataset, split, static_cast<std::int64_t>(sample), 1);
  TRY(page);
  if (page->empty()) return bad_input("the study has no such sample");
  return page->front();
}

/// The names of some items' samples, in their order: each read by itself where they are few.
Result<std::vector<std::string>> names_of(const StudyData& study, std::int64_t dataset,
                                          const std::string& split,
                                          std::span<const ItemRef> items) {
  std::vector<std::string> names;
  names.reserve(items.size());
  const auto all = study.sample_count(dataset, split);
  TRY(all);
  if (items.size() < static_cast<std::size_t>(*all) / 16) {
    for (const ItemRef item : items) {
      auto info = read_sample(study, dataset, split, item.sample());
      TRY(info);
      names.push_back(std::move(info->name));
    }
    return names;
  }
  std::vector<std::string> by_sample(static_cast<std::size_t>(*all));
  TRY(for_each_sample(study, dataset, split, [&](std::size_t i, const SampleInfo& sample) {
    if (i < by_sample.size()) by_sample[i] = sample.name;
  }));
  for (const ItemRef item : items) {
    if (item.sample() >= by_sample.size()) return bad_input("the study has no such sample");
    names.push_back(by_sample[item.sample()]);
  }
  return names;
}

/// One field of every row that is exported.
struct ExportColumn {
  std::string head;
  std::function<void(RowWriter& rows, ItemRef item)> write;
};

/// A field that is the same for all objects of a sample.
template <class Write>
ExportColumn of_sample(const char* head, Write write) {
  return {head, [write](RowWriter& rows, ItemRef item) { write(rows, item.sample()); }};
}

/// A row for each item, in the order given; the first field is its sample's name.
Result<std::int64_t> write_items(const StudyData& study, std::int64_t dataset,
                                 const std::string& split, std::span<const ItemRef> items,
                                 const std::vector<ExportColumn>& columns, ExportFormat format,
                                 const std::filesystem::path& out) {
  const auto names = names_of(study, dataset, split, items);
  TRY(names);
  std::vector<std::string> heads{"sample"};
  for (const ExportColumn& column : columns) heads.push_back(column.head);
  auto rows = RowWriter::open(out, format == ExportFormat::json, std::move(heads));
  TRY(rows);
  for (std::size_t i = 0; i < items.size(); ++i) {
    rows->text((*names)[i]);
    for (const ExportColumn& column : columns) column.write(*rows, items[i]);
    rows->end_row();
  }
  return rows->finish();
}

/// What a user says of an item; refers to the remarks.
std::vector<ExportColumn> remark_columns(const ItemRemarks& remarks) {
  return {
      {"tags",
       [&remarks](RowWriter& rows, ItemRef item) {
         rows.text(fmt::format("{}", fmt::join(remarks.tags_of(item), ";")));
       }},
      {"note", [&remarks](RowWriter& rows, ItemRef item) { rows.text(remarks.note_of(item)); }}};
}

/// How many of some voters give the sample the decision's label.
std::int64_t agreeing_voters(const VoteTable& votes, std::span<const std::size_t> voters,
                             const Decisions& decisions, std::size_t sample) {
  return std::ranges::count_if(voters, [&](std::size_t voter) {
    return votes.voters[voter].predicted[sample] == decisions.label[sample];
  });
}

}  // namespace

ExportFormat export_format_of(const std::filesystem::path& out) {
  return out.string().ends_with(".json") ? ExportFormat::json : ExportFormat::csv;
}

Result<std::int64_t> export_predictions(const Study& study, const RunInfo& run, ExportFormat format,
                                        const std::filesystem::path& out) {
  const auto names = class_names(study, run);
  TRY(names);
  auto rows = RowWriter::open(
      out, format == ExportFormat::json,
      {"sample", "label", "model", "view", "class", "confidence", "log_prob_label"});
  TRY(rows);
  for (const auto& split : run.splits) {
    const auto votes = load_votes(study, run, split);
    TRY(votes);
    const VoteTable& table = votes->table();
    const auto written =
        for_each_sample(study, run.dataset, split, [&](std::size_t i, const SampleInfo& sample) {
          for (std::size_t v = 0; v < run.voters.size(); ++v) {
            const VoterVotes& voter = table.voters[v];
            rows->text(sample.name);
            names->write(*rows, sample.label);
            rows->text(run.voters[v].model);
            rows->text(to_string(run.voters[v].view));
            names->write(*rows, voter.predicted[i]);
            if (voter.predicted[i] == no_class) {
              rows->empty();
              rows->empty();
            } else {
              rows->number(voter.confidence[i]);
              rows->number(voter.log_prob_label[i]);
            }
            rows->end_row();
          }
        });
    TRY(written);
  }
  return rows->finish();
}

Result<std::int64_t> export_decisions(const Study& study, const RunInfo& run,
                                      const std::string& split, const RunVotes& votes,
                                      std::span<const std::size_t> voters,
                                      const Decisions& decisions, bool only_mispredictions,
                                      ExportFormat format, const std::filesystem::path& out) {
  const auto names = class_names(study, run);
  TRY(names);
  const VoteTable& table = votes.table();
  const VoterVotes& baseline = table.voters[voters.front()];
  std::vector<ItemRef> items;
  for (std::size_t i = 0; i < decisions.verdict.size(); ++i)
    if (!only_mispredictions || decisions.verdict[i] == Verdict::undetected ||
        decisions.verdict[i] == Verdict::caught)
      items.emplace_back(static_cast<std::uint32_t>(i));
  if (only_mispredictions)
    std::ranges::stable_sort(items, [&](ItemRef a, ItemRef b) {
      const Verdict first = decisions.verdict[a.sample()], second = decisions.verdict[b.sample()];
      if (first != second) return first == Verdict::undetected;
      return baseline.confidence[a.sample()] > baseline.confidence[b.sample()];
    });
  const auto judged = [&](std::size_t i) { return decisions.verdict[i] != Verdict::unjudged; };
  const std::vector<ExportColumn> columns = {
      of_sample("label",
                [&](RowWriter& rows, std::size_t i) { names->write(rows, table.labels[i]); }),
      of_sample("predicted",
                [&](RowWriter& rows, std::size_t i) {
                  names->write(rows, judged(i) ? decisions.label[i] : no_class);
                }),
      of_sample("verdict", [&](RowWriter& rows,
                               std::size_t i) { rows.text(verdict_name(decisions.verdict[i])); }),
      of_sample("accepted",
                [&](RowWriter& rows, std::size_t i) {
                  rows.integer(judged(i) ? decisions.accept[i] : 0);
                }),
      of_sample("score",
                [&](RowWriter& rows, std::size_t i) {
                  if (judged(i))
                    rows.number(decisions.score[i]);
                  else
                    rows.empty();
                }),
      of_sample("tie", [&](RowWriter& rows,
                           std::size_t i) { rows.integer(judged(i) ? decisions.tie[i] : 0); }),
      of_sample("agreeing_voters",
                [&](RowWriter& rows, std::size_t i) {
                  rows.integer(judged(i) ? agreeing_voters(table, voters, decisions, i) : 0);
                }),
      of_sample("voters",
                [&](RowWriter& rows, std::size_t) {
                  rows.integer(static_cast<std::int64_t>(voters.size()));
                }),
      of_sample("baseline_class",
                [&](RowWriter& rows, std::size_t i) { names->write(rows, baseline.predicted[i]); }),
      of_sample("baseline_confidence",
                [&](RowWriter& rows, std::size_t i) { rows.number(baseline.confidence[i]); })};
  return write_items(study, run.dataset, split, items, columns, format, out);
}

Result<std::int64_t> export_rows(const StudyData& study, std::int64_t dataset,
                                 const std::string& split, const std::vector<std::string>& classes,
                                 const ReviewTable& table, std::span<const std::uint32_t> rows,
                                 const ItemRemarks* remarks, ExportFormat format,
                                 const std::filesystem::path& out) {
  const ClassNames names(classes);
  std::vector<ItemRef> items;
  items.reserve(rows.size());
  for (const std::uint32_t row : rows) items.push_back(table.item(row));
  std::vector<ExportColumn> columns;
  // Rows are written in the order of `rows`: the next field of a column is that of its next row.
  const auto add = [&](std::string_view head, auto write) {
    columns.push_back(
        {std::string(head), [&rows, write, next = std::size_t{0}](RowWriter& to, ItemRef) mutable {
           write(to, rows[next++]);
         }});
  };
  if (!table.items.empty())
    columns.push_back({"object", [](RowWriter& to, ItemRef item) {
                         if (const auto object = item.object())
                           to.integer(*object);
                         else
                           to.empty();
                       }});
  if (!table.truth.empty())
    add("label", [&](RowWriter& to, std::size_t row) { names.write(to, table.truth[row]); });
  if (!table.label.empty())
    add("predicted", [&](RowWriter& to, std::size_t row) { names.write(to, table.label[row]); });
  if (!table.verdict.empty())
    add("verdict",
        [&](RowWriter& to, std::size_t row) { to.text(verdict_name(table.verdict[row])); });
  for (const NumberColumn& column : table.numbers)
    add(column.key, [&column](RowWriter& to, std::size_t row) {
      const double value = column.values[row];
      if (std::isfinite(value))
        to.number(value);
      else
        to.empty();
    });
  for (const WordColumn& column : table.words)
    add(column.key, [&column](RowWriter& to, std::size_t row) {
      const std::size_t word = column.values[row];
      if (word < column.words.size())
        to.text(column.words[word]);
      else
        to.integer(static_cast<std::int64_t>(word));
    });
  for (const MemberColumn& column : table.members)
    add(column.key, [&column](RowWriter& to, std::size_t row) {
      std::int64_t count = 0;
      for (std::size_t member = 0; member < column.members; ++member)
        count += column.has(row, member);
      to.integer(count);
    });
  if (remarks != nullptr) {
    const auto of_remarks = remark_columns(*remarks);
    columns.insert(columns.end(), of_remarks.begin(), of_remarks.end());
  }
  return write_items(study, dataset, split, items, columns, format, out);
}

std::vector<std::uint32_t> mispredicted_rows(const ReviewTable& table) {
  ReviewQuery query;
  query.sort = column::score;
  std::vector<std::uint32_t> rows;
  for (const Verdict verdict : {Verdict::undetected, Verdict::caught}) {
    query.verdicts = {};
    query.verdicts[static_cast<std::size_t>(verdict)] = true;
    const auto matching = matching_rows(table, query);
    rows.insert(rows.end(), matching.begin(), matching.end());
  }
  return rows;
}

Result<std::int64_t> export_reviewed(const Study& study, const RunInfo& run,
                                     const std::string& split, const ReviewSource& source,
                                     const ReviewedRun& reviewed,
                                     std::span<const std::size_t> voters, bool only_mispredictions,
                                     ExportFormat format, const std::filesystem::path& out) {
  if (const auto votes = source.votes())
    return export_decisions(study, run, split, *votes, voters, reviewed.decisions,
                            only_mispredictions, format, out);
  const auto dataset = dataset_of_run(study, run);
  TRY(dataset);
  std::vector<std::uint32_t> rows;
  if (only_mispredictions) {
    rows = mispredicted_rows(reviewed.table);
  } else {
    rows.resize(reviewed.table.rows);
    std::iota(rows.begin(), rows.end(), 0U);
  }
  return export_rows(study, run.dataset, split, dataset->classes, reviewed.table, rows, nullptr,
                     format, out);
}

Result<std::int64_t> export_items(const OpenedRun& run, std::span<const std::size_t> policy_voters,
                                  const Decisions& decisions, const ItemRemarks& remarks,
                                  std::span<const ItemRef> items, ExportFormat format,
                                  const std::filesystem::path& out) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const VoteTable& table = run.votes->table();
  std::vector<ExportColumn> columns = {
      of_sample("label", [&](RowWriter& rows,
                             std::size_t i) { rows.text(run.class_name(table.labels[i])); }),
      of_sample("predicted", [&](RowWriter& rows,
                                 std::size_t i) { rows.text(run.class_name(decisions.label[i])); }),
      of_sample("verdict", [&](RowWriter& rows,
                               std::size_t i) { rows.text(verdict_name(decisions.verdict[i])); }),
      of_sample(
          "confidence",
          [&](RowWriter& rows, std::size_t i) { rows.number(table.voters.front().confidence[i]); }),
      of_sample("agreeing", [&](RowWriter& rows, std::size_t i) {
        rows.integer(agreeing_voters(table, policy_voters, decisions, i));
      })};
  const auto of_remarks = remark_columns(remarks);
  columns.insert(columns.end(), of_remarks.begin(), of_remarks.end());
  return write_items(*study, run.dataset.id, run.split, items, columns, format, out);
}

Result<std::string> item_paths(const OpenedRun& run, std::span<const ItemRef> items) {
  const auto study = Study::open(run.folder, Access::read_only);
  TRY(study);
  const auto reader = study->reader(run.dataset.id);
  TRY(reader);
  std::vector<std::string> lines;
  for (const ItemRef item : items) {
    const auto info = read_sample(*study, run.dataset.id, run.split, item.sample());
    TRY(info);
    lines.push_back(reader->place(info->locator));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace plumbline

#include "core/review/export_run.h"

#include <algorithm>
#include <numeric>

#include "core/study/row_writer.h"

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

Result<ClassNames> class_names(const Study& study, const RunInfo& run) {
  const auto datasets = study.datasets();
  TRY(datasets);
  const auto found = std::ranges::find(*datasets, run.dataset, &DatasetInfo::id);
  return ClassNames(found == datasets->end() ? std::vector<std::string>() : found->classes);
}

/// Calls `use(position, sample)` for every sample of a split, a page at a time.
template <class Use>
Result<void> for_each_sample(const Study& study, const RunInfo& run, const std::string& split,
                             Use use) {
  for (std::int64_t first = 0;; first += samples_at_once) {
    const auto page = study.samples(run.dataset, split, first, samples_at_once);
    TRY(page);
    for (std::size_t i = 0; i < page->size(); ++i)
      use(static_cast<std::size_t>(first) + i, (*page)[i]);
    if (page->size() < samples_at_once) return {};
  }
}

}  // namespace

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
        for_each_sample(study, run, split, [&](std::size_t i, const SampleInfo& sample) {
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
  const VoterVotes& baseline = votes.table().voters[voters.front()];
  std::vector<std::size_t> order(decisions.verdict.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (only_mispredictions) {
    std::erase_if(order, [&](std::size_t i) {
      return decisions.verdict[i] != Verdict::undetected && decisions.verdict[i] != Verdict::caught;
    });
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      if (decisions.verdict[a] != decisions.verdict[b])
        return decisions.verdict[a] == Verdict::undetected;
      return baseline.confidence[a] > baseline.confidence[b];
    });
  }
  std::vector<SampleInfo> samples(decisions.verdict.size());
  TRY(for_each_sample(study, run, split,
                      [&](std::size_t i, const SampleInfo& sample) { samples[i] = sample; }));
  auto rows =
      RowWriter::open(out, format == ExportFormat::json,
                      {"sample", "label", "predicted", "verdict", "accepted", "score", "tie",
                       "agreeing_voters", "voters", "baseline_class", "baseline_confidence"});
  TRY(rows);
  for (const std::size_t i : order) {
    const auto agreeing = std::ranges::count_if(voters, [&](std::size_t v) {
      return votes.table().voters[v].predicted[i] == decisions.label[i];
    });
    const bool judged = decisions.verdict[i] != Verdict::unjudged;
    rows->text(samples[i].name);
    names->write(*rows, samples[i].label);
    names->write(*rows, judged ? decisions.label[i] : no_class);
    rows->text(verdict_name(decisions.verdict[i]));
    rows->integer(judged ? decisions.accept[i] : 0);
    if (judged)
      rows->number(decisions.score[i]);
    else
      rows->empty();
    rows->integer(judged ? decisions.tie[i] : 0);
    rows->integer(judged ? agreeing : 0);
    rows->integer(static_cast<std::int64_t>(voters.size()));
    names->write(*rows, baseline.predicted[i]);
    rows->number(baseline.confidence[i]);
    rows->end_row();
  }
  return rows->finish();
}

}  // namespace plumbline

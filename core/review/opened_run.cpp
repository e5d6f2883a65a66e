#include "core/review/opened_run.h"

#include <algorithm>
#include <limits>

#include "core/study/run_dataset.h"

namespace plumbline {

namespace {

double accuracy_of(const VoteTable& table, const VoterVotes& voter) {
  std::int64_t judged = 0, right = 0;
  for (std::size_t i = 0; i < table.samples(); ++i) {
    if (table.labels[i] == no_class || voter.predicted[i] == no_class) continue;
    ++judged;
    right += voter.predicted[i] == table.labels[i];
  }
  return judged == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : static_cast<double>(right) / static_cast<double>(judged);
}

}  // namespace

std::string OpenedRun::class_name(ClassIndex index) const {
  return plumbline::class_name(dataset, index);
}

Result<OpenedRun> open_run(const std::filesystem::path& folder, const std::string& run,
                           std::string split, const View& condition,
                           const std::shared_ptr<WorkProgress>& progress) {
  // Writable where it can be: reading the votes makes their cache.
  auto study = Study::open(folder, Access::read_write);
  if (!study) study = Study::open(folder, Access::read_only);
  TRY(study);
  auto opened = open_run(*study, run, std::move(split), condition, progress);
  if (opened) opened->folder = folder;
  return opened;
}

Result<OpenedRun> open_run(const Study& study, const std::string& run, std::string split,
                           const View& condition, const std::shared_ptr<WorkProgress>& progress) {
  OpenedRun opened;
  opened.folder = study.folder();
  auto info = study.run(run);
  TRY(info);
  opened.info = under(std::move(*info), condition);
  if (opened.info.voters.empty() || opened.info.splits.empty())
    return bad_input("the run has no voters or no split", run);
  opened.split = split.empty() ? opened.info.splits.front() : std::move(split);
  const auto dataset = dataset_of_run(study, opened.info);
  TRY(dataset);
  opened.dataset = *dataset;
  const auto samples = study.sample_count(opened.info.dataset, opened.split);
  TRY(samples);
  opened.sample_count = static_cast<std::size_t>(*samples);
  const auto committed = study.committed(opened.info, opened.split);
  TRY(committed);
  opened.committed = *committed;
  const auto kind = review_kind_of(study, opened.info);
  TRY(kind);
  opened.kind = *kind;
  const bool is_watched = progress != nullptr && opened.kind->open_watched != nullptr;
  auto source = is_watched ? opened.kind->open_watched(study, opened.info, opened.split, progress)
                           : opened.kind->open(study, opened.info, opened.split);
  TRY(source);
  opened.source = std::move(*source);
  opened.votes = opened.source->votes();
  if (opened.votes == nullptr) return opened;
  const VoteTable& table = opened.votes->table();
  opened.baseline = std::make_shared<const EqualKeptCurve>(table, 0);
  for (const VoterVotes& voter : table.voters) opened.accuracy.push_back(accuracy_of(table, voter));
  return opened;
}

}  // namespace plumbline

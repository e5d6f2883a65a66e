#include "core/review/judge_ahead.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <new>

#include <fmt/format.h>

#include "core/jobs/job.h"
#include "core/review/first_decision.h"
#include "core/study/run_gaps.h"

namespace plumbline {

namespace {

/// What was odd, once the ledger is kept.
Result<std::vector<std::string>> judge_split(const Study& study, const RunInfo& run,
                                             const ReviewKind& kind, const std::string& split,
                                             const std::shared_ptr<WorkProgress>& progress) {
  try {
    const auto source = kind.open_watched(study, run, split, progress);
    TRY(source);
    if (progress->stopped()) return fail(ErrorKind::cancelled, "cancelled");
    const FirstDecision first = first_decision(kind, run);
    TRY((*source)->decide(first.policy, first.voters));
    return (*source)->notes();
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::device, "out of memory", run.name);
  }
}

/// Says what the work does until it is done.
void watch_judging(const std::future<Result<std::vector<std::string>>>& work,
                   const JudgingProgress& report, WorkProgress& progress) {
  while (work.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout) {
    const auto what = progress.what();
    if (report &&
        !report(what.value_or("reading the run"), static_cast<std::int64_t>(progress.done()),
                static_cast<std::int64_t>(progress.total())))
      progress.ask_to_stop();
  }
}

Result<bool> is_whole(const Study& study, const RunInfo& run, const std::string& split) {
  const auto samples = study.sample_count(run.dataset, split);
  TRY(samples);
  const auto committed = study.committed(run, split);
  TRY(committed);
  return *samples > 0 && *committed == *samples;
}

}  // namespace

Result<JudgedAhead> judge_ahead(const Study& study, const RunInfo& run,
                                const JudgingProgress& progress) {
  JudgedAhead judged;
  // What cannot be reviewed is no matter of whoever makes the predictions.
  const auto kind = review_kind_of(study, run);
  if (!kind || (*kind)->open_watched == nullptr || !study.writable()) return judged;
  for (const std::string& split : run.splits) {
    const auto whole = is_whole(study, run, split);
    TRY(whole);
    if (!*whole) continue;
    const auto watched = std::make_shared<WorkProgress>();
    // The study is used by that thread alone until it is done.
    auto work = std::async(std::launch::async | std::launch::deferred,
                           [&] { return judge_split(study, run, **kind, split, watched); });
    watch_judging(work, progress, *watched);
    auto notes = work.get();
    if (watched->stopped()) return judged;
    TRY(notes);
    judged.splits.push_back(split);
    judged.notes.insert(judged.notes.end(), notes->begin(), notes->end());
  }
  return judged;
}

Result<JudgedAhead> judge_imported(const Study& study, const Voter& voter, std::int64_t dataset,
                                   const std::string& split, const JudgingProgress& progress) {
  auto alone = run_of_imported(study, {voter});
  TRY(alone);
  const auto runs = study.runs();
  TRY(runs);
  std::vector<RunInfo> concerned = {std::move(*alone)};
  concerned.front().dataset = dataset;
  for (const RunInfo& run : *runs)
    if (run.dataset == dataset && std::ranges::find(run.splits, split) != run.splits.end() &&
        std::ranges::find(run.voters, voter) != run.voters.end())
      concerned.push_back(run);
  JudgedAhead judged;
  bool stopped = false;
  const JudgingProgress watched = [&](std::string_view what, std::int64_t done,
                                      std::int64_t total) {
    stopped = stopped || (progress && !progress(what, done, total));
    return !stopped;
  };
  for (RunInfo& run : concerned) {
    run.splits = {split};
    auto one = judge_ahead(study, run, watched);
    TRY(one);
    judged.splits.insert(judged.splits.end(), one->splits.begin(), one->splits.end());
    judged.notes.insert(judged.notes.end(), one->notes.begin(), one->notes.end());
    if (stopped) break;
  }
  return judged;
}

void judge_within(Job& job, const std::string& name,
                  const std::function<Result<JudgedAhead>(const JudgingProgress&)>& judge) {
  if (job.should_stop()) return;
  const auto judged = judge([&](std::string_view what, std::int64_t done, std::int64_t total) {
    job.progress(fmt::format("judging boxes: {}", what), done, std::max<std::int64_t>(total, 1),
                 "steps");
    return !job.should_stop();
  });
  if (!judged)
    return job.warning(
        "cache",
        fmt::format(
            "its boxes were not judged in advance; this is done when it is first opened: {}",
            to_string(judged.error())),
        name);
  for (const std::string& note : judged->notes) job.warning("cache", note, name);
}

}  // namespace plumbline

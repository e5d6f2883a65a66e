#include "core/engine/inference/run_worker.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "core/engine/inference/run_pace.h"
#include "core/engine/inference/run_summary.h"
#include "core/engine/inference/shard_course.h"
#include "core/engine/inference/shard_warnings.h"
#include "core/engine/inference/smaller_batches.h"
#include "core/engine/inference/stopwatch.h"
#include "core/study/study_prediction_store.h"

namespace plumbline {

class RunWorker::State {
 public:
  /// `ranks`: what the run is divided among, or null.
  State(Study& study, const RunPlan& plan, Job& job, PredictionStore& store, RunRanks* ranks)
      : study_(study),
        plan_(plan),
        job_(job),
        store_(store),
        ranks_(ranks),
        figures_(plan.head->figures(plan.run)) {}

  /// What it took to compute, load and write, the models being ready.
  double seconds() const { return seconds_; }

  const DecodingCounts& decoded() const { return decoded_; }
  const StageSeconds& stages() const { return stages_; }

  /// Voters that could not run, once all others are complete.
  const std::optional<Error>& left_out() const { return left_out_; }

  /// What all ranks have done.
  void show_progress(const std::string& phase) {
    const std::int64_t done = done_ + (ranks_ && ranks_->leads() ? ranks_->done_by_others() : 0);
    job_.progress(phase, std::min(done, total_), total_, "predictions");
  }

  Result<void> run() {
    std::vector<SplitWork> work;
    bool any = false;
    for (const RunInfo& run : plan_.conditioned_runs())
      for (const auto& split : run.splits) {
        auto ranges = missing_shards(study_, plan_, run, split);
        TRY(ranges);
        total_ += *study_.sample_count(run.dataset, split) *
                  static_cast<std::int64_t>(plan_.voters.size());
        for (const ShardRange& range : *ranges)
          done_ -= range.count * static_cast<std::int64_t>(range.voters.size());
        if (ranks_) ranges = ranks_->share(*ranges, plan_.run.batch);
        any = any || !ranges->empty();
        work.push_back({{run, split}, std::move(*ranges)});
      }
    done_ += total_;
    if (!any) return {};

    std::vector<VoterSetup> needed = plan_.voters;
    for (std::size_t v = 0; v < needed.size(); ++v) {
      const bool used = std::ranges::any_of(work, [&](const SplitWork& part) {
        return std::ranges::any_of(part.ranges, [&](const ShardRange& range) {
          return std::ranges::find(range.voters, v) != range.voters.end();
        });
      });
      if (!used) needed[v].model = nullptr;
    }
    auto reader = study_.reader(plan_.run.dataset);
    TRY(reader);
    TRY(reader->check_sources());
    const auto decoder = decoder_of(plan_);
    TRY(decoder);
    if (!decoder->remark.empty())
      job_.warning("decoder", "the host decodes the images: " + decoder->remark, "");
    else if (const std::string note = decoding_note(plan_); leads() && !note.empty())
      job_.note("decoder", note);
    auto computer = ShardComputer::make(
        std::move(needed), plan_.head, {plan_.run, plan_.device, plan_.precision, *decoder},
        load_checked_network, [&](std::string_view phase, std::int64_t done, std::int64_t total) {
          job_.progress(phase, done, total, "models");
          return job_.should_stop();
        });
    TRY(computer);
    double guess = 0;
    for (std::size_t v = 0; v < plan_.voters.size(); ++v)
      guess = std::max(guess, computer->first_guess(v));
    RunPace pace(computer->batch(), guess);
    if (leads()) {
      TRY(figures_->load(study_));
      TRY(report_what_is_there());
    }
    const auto begin = std::chrono::steady_clock::now();
    for (const SplitWork& part : work) {
      if (part.ranges.empty()) continue;
      TRY(compute_split(*computer, *reader, part.place, part.ranges, pace));
      TRY(keep_latencies(*computer, part.place));
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    decoded_ = computer->decoded();
    note_stages(computer->stages());
    if (leads()) TRY(keep_smaller_batches(*computer, work.front().place));
    left_out_ = who_failed(*computer);
    return {};
  }

 private:
  bool leads() const { return !ranks_ || ranks_->leads(); }

  /// Where predictions belong: a split under a condition of the run.
  struct Place {
    RunInfo run;  ///< seen under the condition
    std::string split;

    bool clean() const { return run.condition == View(); }
    std::string name() const {
      return clean() ? split : fmt::format("{} under {}", split, to_string(run.condition));
    }
  };
  struct SplitWork {
    Place place;
    std::vector<ShardRange> ranges;
  };

  /// What the others' predictions are kept for all the same.
  static std::optional<Error> who_failed(const ShardComputer& computer) {
    const auto& failed = computer.failed();
    if (failed.empty()) return {};
    std::string names;
    for (const auto& [model, error] : failed) names += (names.empty() ? "" : ", ") + model;
    const Error& first = failed.begin()->second;
    return Error{first.kind,
                 fmt::format("the voters of {} could not run; all others are complete; {}: {}",
                             names, failed.begin()->first, first.message),
                 first.where, "remove the cause, then go on with --resume"};
  }

  /// A shard between two computations: read from the study, and when it is computed written to it.
  struct ShardWork {
    ShardRange range;
    std::shared_ptr<const std::vector<SampleInfo>> samples;
    std::vector<VoterKey> voters;  ///< per row
    ShardComputer::Output output;
    std::vector<std::optional<double>> latencies;  ///< per voter of the range, ms per sample
    bool clean = true;  ///< not under a condition: the run's figures count it
  };

  /// The study is used by one thread at a time: before a shard is written, the rows of those behind
  /// it have been read.
  Result<void> compute_split(ShardComputer& computer, const SampleReader& reader,
                             const Place& place, const std::vector<ShardRange>& ranges,
                             RunPace& pace) {
    ShardSteps<ShardWork> steps;
    steps.prepare = [&](const ShardRange& piece) { return prepare(place, piece); };
    steps.load_ahead = [&](const ShardWork& next) {
      computer.load_ahead(next.range, reader, next.samples, place.run.condition);
    };
    steps.queue = [&](ShardWork& work) { return queue(computer, reader, place, work); };
    steps.settle = [&](ShardWork& work) { return settle(computer, work); };
    steps.write = [&](const ShardWork& work) { return finish(work); };
    steps.range = [](const ShardWork& work) -> const ShardRange& { return work.range; };
    steps.batch = [&] { return computer.batch(); };
    steps.stopping = [&] { return stopping_; };
    steps.runs_ahead = computer.runs_ahead();
    TRY(ShardCourse(std::move(steps), ranges, pace, stages_.waiting_for_writer).run());
    if (!stopping_) return {};
    if (auto trouble = ranks_ ? ranks_->trouble() : std::nullopt)
      return tl::unexpected(std::move(*trouble));
    return tl::unexpected(cancelled_error("go on with --resume"));
  }

  Result<ShardWork> prepare(const Place& place, const ShardRange& range) {
    auto samples = study_.samples(plan_.run.dataset, place.split, range.first, range.count);
    TRY(samples);
    std::vector<VoterKey> voters;
    for (const std::size_t v : range.voters)
      voters.push_back(voter_key(key_of(place, v), plan_.dataset.name));
    return ShardWork{range,
                     std::make_shared<const std::vector<SampleInfo>>(std::move(*samples)),
                     std::move(voters),
                     {},
                     {},
                     place.clean()};
  }

  Result<void> queue(ShardComputer& computer, const SampleReader& reader, const Place& place,
                     ShardWork& work) {
    ShardRange& range = work.range;
    const int batch_before = computer.batch();
    const std::string phase = "computing " + place.name();
    const auto report = [&](std::int64_t predictions) {
      done_ += predictions;
      if (!leads()) ranks_->add_done(predictions);
      show_progress(phase);
      // A file is finished before the job ends, so that nothing is computed twice; but a pause
      // takes effect at once.
      stopping_ = stopping_ || job_.should_stop() || (ranks_ && ranks_->trouble());
    };
    auto output = computer.queue(range, reader, *work.samples, report, place.run.condition);
    TRY(output);
    if (computer.batch() != batch_before)
      job_.warning("memory",
                   fmt::format("the device's memory does not suffice for batches of {}; going on "
                               "with {}",
                               batch_before, computer.batch()),
                   "");
    work.output = std::move(*output);
    for (const auto& [model, error] : computer.failed())
      if (failed_.insert(model).second)
        job_.warning("voter", "its voters are left out: " + to_string(error), model);
    for (const auto& [model, remark] : computer.remarks())
      if (slow_.insert(model).second)
        job_.warning("speed",
                     "it runs without a CUDA graph, kernel by kernel, which is slower: " + remark,
                     model);
    if (range.voters != work.output.voters) {
      std::vector<VoterKey> keys;
      for (std::size_t row = 0; row < range.voters.size(); ++row)
        if (std::ranges::find(work.output.voters, range.voters[row]) != work.output.voters.end())
          keys.push_back(std::move(work.voters[row]));
        else
          leave_out(range.count);
      work.voters = std::move(keys);
      range.voters = work.output.voters;
    }
    return {};
  }

  /// Waits for what was queued; its predictions are finished then.
  Result<void> settle(ShardComputer& computer, ShardWork& work) {
    TRY(computer.settle(work.output, *work.samples));
    for (const std::size_t v : work.range.voters) {
      const auto& times = computer.batch_times(v);
      work.latencies.push_back(times.empty()
                                   ? std::nullopt
                                   : std::optional(median_spread(times).median / computer.batch()));
    }
    return {};
  }

  /// Predictions that nobody will make.
  void leave_out(std::int64_t predictions) {
    if (leads())
      total_ -= predictions;
    else
      ranks_->add_done(predictions);  // dealt with, for whoever counts all of them
  }

  Result<void> finish(const ShardWork& work) {
    const ShardRange& range = work.range;
    if (range.voters.empty()) return {};  // of models that failed, all of them
    report_failures(job_, study_, plan_, new_failures(work.output.failures));
    report_odd_outputs(job_, study_, plan_, range, *work.output.predictions, *work.samples);
    {
      const Seconds writing(stages_.writing);
      PredictionDraft draft = work.output.predictions->draft();
      draft.envelope.unread = work.output.unread;
      TRY(store_.commit(work.voters, draft));
    }
    const Seconds counting(stages_.counting);
    if (work.clean) figures_->add(range, *work.output.predictions, *work.samples, job_);
    for (std::size_t row = 0; row < range.voters.size(); ++row)
      if (work.latencies[row])
        job_.metric("latency_ms/" + to_string(plan_.run.voters[range.voters[row]]),
                    *work.latencies[row], figures_->counted(range.voters[row]));
    return {};
  }

  /// An image that cannot be read is said once, not again under every condition.
  std::vector<LoadFailure> new_failures(const std::vector<LoadFailure>& failures) {
    std::vector<LoadFailure> found;
    for (const LoadFailure& failure : failures)
      if (unreadable_.insert({failure.where, failure.message}).second) found.push_back(failure);
    return found;
  }

  PredictionKey key_of(const Place& place, std::size_t voter) const {
    return prediction_key(place.run, place.split, plan_.run.voters[voter], plan_.imported[voter]);
  }

  /// A resumed run's figures go on where they stood, and latencies that are known are said.
  Result<void> report_what_is_there() {
    const auto latencies = known_latencies(study_, plan_.run);
    TRY(latencies);
    for (std::size_t v = 0; v < latencies->size(); ++v) {
      const auto& latency = (*latencies)[v];
      figures_->report(v, job_);
      if (latency && figures_->counted(v) > 0)
        job_.metric("latency_ms/" + to_string(plan_.run.voters[v]),
                    latency->median_ms / latency->batch, figures_->counted(v));
    }
    return {};
  }

  /// The computer's own; what concerns writing is known here.
  void note_stages(StageSeconds computer) {
    computer.waiting_for_writer = stages_.waiting_for_writer;
    computer.writing = stages_.writing;
    computer.counting = stages_.counting;
    stages_ = computer;
  }

  Result<void> keep_latencies(const ShardComputer& computer, const Place& place) {
    for (std::size_t v = 0; v < plan_.voters.size(); ++v) {
      const auto& times = computer.batch_times(v);
      if (times.empty()) continue;
      const auto middle = median_spread(times);
      TRY(store_.note_latency(voter_key(key_of(place, v), plan_.dataset.name),
                              {device_name(plan_.device), computer.batch(),
                               static_cast<int>(times.size()), middle.median, middle.spread}));
    }
    return {};
  }

  /// What stages cost is made of. It is measured beside the run's own batches, on the same day.
  Result<void> keep_smaller_batches(ShardComputer& computer, const Place& place) {
    // A voter's share of a second, or of what a long run took anyway.
    constexpr double least_seconds = 1, share_of_run = 0.01;
    const auto count = plan_.voters.size();
    const double budget =
        std::max(least_seconds, share_of_run * seconds_) / static_cast<double>(count);
    for (std::size_t v = 0; v < count; ++v) {
      if (computer.batch_times(v).empty()) continue;
      // The run is complete without them.
      if (job_.should_stop()) return {};
      job_.progress("timing smaller batches", static_cast<std::int64_t>(v),
                    static_cast<std::int64_t>(count), "voters");
      const auto sizes = time_smaller_batches(computer.batch(), budget, [&](int size, int repeats) {
        return computer.time_batches(v, size, repeats);
      });
      if (sizes.empty()) continue;
      const auto set = study_.prediction_set(key_of(place, v));
      TRY(set);
      for (const SizeTimes& size : sizes) {
        const auto middle = median_spread(size.ms);
        TRY(study_.set_batch_latency(
            set->id, {device_name(plan_.device), size.size, static_cast<int>(size.ms.size()),
                      middle.median, middle.spread}));
      }
    }
    return {};
  }

  Study& study_;
  const RunPlan& plan_;
  Job& job_;
  PredictionStore& store_;
  RunRanks* ranks_;
  std::int64_t done_ = 0, total_ = 0;  ///< samples × voters
  bool stopping_ = false;
  std::set<std::string> failed_, slow_;  ///< models, once warned of: a slow one may fail yet
  std::set<std::pair<std::string, std::string>> unreadable_;  ///< images, and why
  double seconds_ = 0;
  DecodingCounts decoded_;
  StageSeconds stages_;  ///< each number is of one thread
  std::optional<Error> left_out_;
  std::unique_ptr<RunFigures> figures_;
};

RunWorker::RunWorker(Study& study, const RunPlan& plan, Job& job, PredictionStore& store,
                     RunRanks* ranks)
    : state_(std::make_unique<State>(study, plan, job, store, ranks)) {}
RunWorker::~RunWorker() = default;

Result<void> RunWorker::run() { return state_->run(); }
double RunWorker::seconds() const { return state_->seconds(); }
const DecodingCounts& RunWorker::decoded() const { return state_->decoded(); }
const StageSeconds& RunWorker::stages() const { return state_->stages(); }
const std::optional<Error>& RunWorker::left_out() const { return state_->left_out(); }
void RunWorker::show_progress(const std::string& phase) { state_->show_progress(phase); }

}  // namespace plumbline

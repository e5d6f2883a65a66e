#include "core/engine/planer/course.h"

#include <chrono>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "core/data/safetensors.h"
#include "core/engine/sums/rank_checks.h"
#include "core/engine/sums/step_agreement.h"
#include "core/engine/training/checkpoint_writer.h"

namespace plumbline {

namespace {

using CourseClock = std::chrono::steady_clock;
/// A kill loses some ten seconds, unless writing a checkpoint takes that long itself.
constexpr auto save_interval = std::chrono::seconds(8);
/// Of the time, what training may wait for checkpoints at most: one in so many parts.
constexpr int saving_share = 8;

Result<bool> restored(Course& course, Job& job, const std::filesystem::path& checkpoint,
                      const std::string& settings, int ranks) {
  std::error_code code;
  if (!std::filesystem::exists(checkpoint, code)) return false;
  auto file = SafetensorsFile::open(checkpoint);
  if (!file) return tl::unexpected(file.error());
  const std::string* kept = file->find_metadata("settings");
  if (kept == nullptr || *kept != settings)
    return usage_error("there is a checkpoint with other settings", checkpoint.string(),
                       "give the same settings, or remove it and begin again");
  if (const auto note = other_ranks_note(file->find_metadata("ranks"), ranks); !note.empty())
    job.warning("ranks", note, course.phase);
  if (auto read = course.restore(*file, checkpoint.string()); !read)
    return tl::unexpected(read.error());
  return true;
}

}  // namespace

Result<void> run_course(Course& course, Job& job, const std::filesystem::path& checkpoint,
                        const std::string& settings, RankSum* ranks) {
  const int ranks_in_all = ranks == nullptr ? 1 : ranks->ranks();
  const bool writes = ranks == nullptr || ranks->rank() == 0;
  if (const auto begun = restored(course, job, checkpoint, settings, ranks_in_all); !begun)
    return tl::unexpected(begun.error());
  if (auto same = check_same_on_ranks(ranks, course.done(), "the checkpoint's step"); !same)
    return same;
  std::error_code code;
  if (writes) std::filesystem::create_directories(checkpoint.parent_path(), code);
  CheckpointWriter writer(checkpoint);
  const auto save = [&]() -> Result<void> {
    SafetensorsMetadata metadata = course.place();
    metadata.emplace_back("settings", settings);
    if (ranks != nullptr) metadata.emplace_back("ranks", std::to_string(ranks_in_all));
    const NamedTensors state = course.state();
    return writes ? writer.begin(metadata, state) : Result<void>();
  };
  // With signs of life: a job that was asked to stop and gives none is ended.
  const auto wait_until_written = [&]() -> Result<void> {
    while (writer.is_busy(std::chrono::seconds(1)))
      job.progress(course.phase, course.done(), course.steps, "steps");
    return writer.finish();
  };
  StepAgreement agreement(ranks);
  bool went_back = false;
  if (course.remember) course.remember();
  auto saved_at = CourseClock::now();
  CourseClock::duration saving{};  // how long the last checkpoint was waited for
  while (course.done() < course.steps) {
    course.step();
    const std::int64_t done = course.done();
    if (done % course.report_every == 0 || done == course.steps) {
      if (!course.report(done)) {
        if (went_back || !course.go_back || !course.go_back())
          return bad_input(fmt::format("the loss diverged at step {} of {}", done, course.steps),
                           course.phase,
                           "it was already rolled back once; try a smaller --learning-rate");
        went_back = true;
        job.warning("diverged",
                    fmt::format("the loss diverged at step {}; back to step {}, at half the "
                                "learning rate",
                                done, course.done()),
                    course.phase);
        continue;
      }
    }
    const auto now = CourseClock::now();
    const bool reported = done % course.report_every == 0 || done == course.steps;
    const bool due = ranks == nullptr ? agreement.due() || done == course.steps : reported;
    const bool old =
        reported && !writer.is_busy() &&
        now - saved_at > std::max<CourseClock::duration>(save_interval, saving_share * saving);
    if (!due && !old) continue;
    const StepWishes agreed = agreement.agree({.save = old, .stop = job.should_stop()});
    if (agreed.save || agreed.stop) {
      if (auto last = wait_until_written(); !last) return last;
      if (auto saved = save(); !saved) return saved;
      if (course.remember) course.remember();
      saved_at = CourseClock::now();
      saving = saved_at - now;
    }
    job.progress(course.phase, done, course.steps, "steps");
    if (!agreed.stop) continue;
    if (auto saved = wait_until_written(); !saved) return saved;
    return tl::unexpected(cancelled_error("go on with --resume"));
  }
  // The checkpoint goes when what was learned is kept: see its caller.
  return wait_until_written();
}

Course weight_course(WeightTrainer& trainer, std::string phase, std::string metrics,
                     std::int64_t vocabulary, std::function<Mixture(std::int64_t)> mixture,
                     Job& job) {
  Course course;
  course.phase = std::move(phase);
  course.steps = trainer.steps();
  course.report_every = std::max<std::int64_t>(1, std::min<std::int64_t>(20, trainer.steps() / 20));
  course.step = [&trainer, mixture = std::move(mixture)] { trainer.step(mixture(trainer.done())); };
  course.done = [&trainer] { return trainer.done(); };
  const double guessing = std::log(static_cast<double>(vocabulary));
  course.report = [&trainer, &job, metrics = std::move(metrics), guessing](std::int64_t step) {
    const double rate = trainer.learning_rate();
    const auto reading = trainer.read();
    if (!std::isfinite(reading.loss) || reading.loss > 2 * guessing) return false;
    job.metric(metrics + "loss/train", reading.loss, step);
    job.metric(metrics + "gradient_norm", reading.gradient, step);
    job.metric(metrics + "learning_rate", rate, step);
    if (reading.balance > 0) job.metric(metrics + "balance", reading.balance, step);
    return true;
  };
  course.state = [&trainer] { return trainer.state(); };
  course.place = [&trainer] { return trainer.place(); };
  course.restore = [&trainer](const SafetensorsFile& file, const std::string& where) {
    return trainer.restore(file, where);
  };
  auto kept = std::make_shared<WeightTrainer::Snapshot>();
  course.remember = [&trainer, kept] { *kept = trainer.snapshot(); };
  course.go_back = [&trainer, kept] {
    trainer.go_back(*kept);
    trainer.slow_down(0.5);
    return true;
  };
  return course;
}

}  // namespace plumbline

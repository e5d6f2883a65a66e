#include "core/review/training_course.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/jobs/job_subject.h"
#include "core/review/live_run.h"

namespace plumbline {

namespace {

std::vector<JobMetricPoint> metric_course(const JobLog& log, const std::string& name) {
  const auto found = log.metrics.find(name);
  return found == log.metrics.end() ? std::vector<JobMetricPoint>() : found->second;
}

}  // namespace

double TrainingCourse::epoch_of(std::int64_t seen) const {
  return images > 0 ? static_cast<double>(seen * epochs) / static_cast<double>(images) : 0;
}

TrainingCourse training_course(std::int64_t epochs, const JobLog& log) {
  TrainingCourse course;
  course.epochs = std::max<std::int64_t>(1, epochs);
  course.of_objects = is_of_objects(log);
  const std::string share = course.of_objects ? "found/" : "accuracy/";
  course.loss = metric_course(log, "loss/train");
  course.validation_loss = metric_course(log, "loss/validation");
  course.accuracy = metric_course(log, share + "train");
  course.validation_accuracy = metric_course(log, share + "validation");
  // Before and after the epochs the total is of other work.
  if (log.phase.starts_with("epoch"))
    course.images = log.total;
  else if (!course.loss.empty())
    course.images = course.loss.back().step;
  return course;
}

Result<JobFolder> watch_training(const Study& study, const std::string& model) {
  auto jobs = jobs_of(study.folder());
  const JobFolder* watched = watched_job(jobs, [&](const JobFolder& job) {
    const auto* work = job.subject().as<TrainWork>();
    return work != nullptr && work->model == model;
  });
  if (watched == nullptr)
    return bad_input(fmt::format("the study keeps no job of a training of '{}'", model),
                     study.folder().string());
  return std::move(jobs[static_cast<std::size_t>(watched - jobs.data())]);
}

}  // namespace plumbline

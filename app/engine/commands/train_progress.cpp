#include "app/engine/commands/train_progress.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/engine/commands/job_progress.h"
#include "app/engine/commands/json_values.h"
#include "core/jobs/job_subject.h"
#include "core/review/training_course.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

using nlohmann::ordered_json;

struct TrainingLine {
  std::string_view key;
  const std::vector<JobMetricPoint>* points;
  double times;           ///< in words
  std::string_view unit;  ///< likewise

  std::optional<double> last() const {
    return points->empty() ? std::nullopt : std::optional(points->back().value);
  }
};

/// What the window draws, by the names of what it is.
std::array<TrainingLine, 4> training_lines(const TrainingCourse& course) {
  const bool of_objects = course.of_objects;
  return {{{"loss", &course.loss, 1, " nats"},
           {"validation_loss", &course.validation_loss, 1, " nats"},
           {of_objects ? "found" : "accuracy", &course.accuracy, 100, " %"},
           {of_objects ? "validation_found" : "validation_accuracy", &course.validation_accuracy,
            100, " %"}}};
}

ordered_json training_json(const std::string& model, const JobFolder& job,
                           const TrainingCourse& course, bool with_course) {
  ordered_json json = {{"model", model}};
  add_job_progress(json, job);
  json["epochs"] = course.epochs;
  for (const TrainingLine& line : training_lines(course))
    json[line.key] = value_or_null(line.last());
  if (!with_course) return json;
  ordered_json& courses = json["course"] = ordered_json::object();
  for (const TrainingLine& line : training_lines(course)) {
    ordered_json& points = courses[line.key] = ordered_json::array();
    for (const JobMetricPoint& point : *line.points)
      points.push_back(
          {{"images", point.step}, {"epoch", course.epoch_of(point.step)}, {"value", point.value}});
  }
  return json;
}

void print_training_words(const std::string& model, const JobFolder& job,
                          const TrainingCourse& course, bool with_course) {
  fmt::print("{}: {}\n", visible_text(model), job_progress_text(job));
  for (const TrainingLine& line : training_lines(course)) {
    if (line.points->empty()) continue;
    fmt::print("  {:20} {:.4g}{}\n", line.key, line.times * *line.last(), line.unit);
    if (!with_course) continue;
    for (const JobMetricPoint& point : *line.points)
      fmt::print("    epoch {:8.2f}  {:.4g}{}\n", course.epoch_of(point.step),
                 line.times * point.value, line.unit);
  }
}

}  // namespace

Result<void> print_training(const std::string& folder, const std::string& model, bool json,
                            bool course) {
  const auto study = Study::open(folder, Access::read_only);
  TRY(study);
  const auto job = watch_training(*study, model);
  TRY(job);
  const TrainingCourse training =
      training_course(job->subject().as<TrainWork>()->epochs, job->log());
  if (json)
    fmt::print("{}\n", training_json(model, *job, training, course)
                           .dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else
    print_training_words(model, *job, training, course);
  return {};
}

}  // namespace plumbline

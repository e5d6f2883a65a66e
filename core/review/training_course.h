#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/jobs/job_folder.h"
#include "core/jobs/job_log.h"
#include "core/study/study.h"

namespace plumbline {

/// A training as its events say it: the Runs page draws it, and `train --progress` prints it. A
/// value. Each course has the images that were seen so far, all epochs counted, as its `step`.
struct TrainingCourse {
  std::int64_t epochs = 1;  ///< that it has in all
  std::int64_t images = 0;  ///< of all epochs; 0: not known
  bool of_objects = false;  ///< a detector's: shares of objects found stand in place of accuracies
  std::vector<JobMetricPoint> loss, validation_loss, accuracy, validation_accuracy;

  /// Epochs that so many images are; 0 where it is not known.
  double epoch_of(std::int64_t seen) const;
};

/// `epochs`: of the training in all; less than 1 counts as 1.
TrainingCourse training_course(std::int64_t epochs, const JobLog& log);

/// The job that trains this model, or did last. Errors (bad input): the study keeps none.
Result<JobFolder> watch_training(const Study& study, const std::string& model);

}  // namespace plumbline

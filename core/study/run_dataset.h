#pragma once
#include "core/study/study.h"

namespace plumbline {

/// The data set that a run's predictions are of. Errors: it is not in the study; those of reading.
Result<DatasetInfo> dataset_of_run(const StudyData& study, const RunInfo& run);

}  // namespace plumbline

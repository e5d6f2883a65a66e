#pragma once
#include <string>

#include "core/study/study.h"
#include "core/types/class_index.h"

namespace plumbline {

/// The data set that a run's predictions are of. Errors: it is not in the study; those of reading.
Result<DatasetInfo> dataset_of_run(const StudyData& study, const RunInfo& run);

/// The class's name, or its number where the data set does not name it; "–" for no class.
std::string class_name(const DatasetInfo& dataset, ClassIndex index);

}  // namespace plumbline

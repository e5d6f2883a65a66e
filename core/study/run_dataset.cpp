#include "core/study/run_dataset.h"

#include <algorithm>
#include <string>
#include <utility>

namespace plumbline {

Result<DatasetInfo> dataset_of_run(const StudyData& study, const RunInfo& run) {
  auto datasets = study.datasets();
  TRY(datasets);
  const auto found = std::ranges::find(*datasets, run.dataset, &DatasetInfo::id);
  if (found == datasets->end())
    return bad_input("the run's data set is not in the study", run.name);
  return std::move(*found);
}

std::string class_name(const DatasetInfo& dataset, ClassIndex index) {
  if (index == no_class) return "–";
  return index < dataset.classes.size() ? dataset.classes[index] : std::to_string(index);
}

}  // namespace plumbline

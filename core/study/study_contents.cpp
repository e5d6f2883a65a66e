#include "core/study/study_contents.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace plumbline {

std::int64_t ComputedRun::all_predictions() const {
  return std::accumulate(predictions.begin(), predictions.end(), std::int64_t{0});
}

Result<StudyContents> study_contents(const Study& study) {
  auto datasets = study.datasets();
  TRY(datasets);
  auto models = study.models();
  TRY(models);
  auto runs = study.runs();
  TRY(runs);
  auto decisions = study.decisions();
  TRY(decisions);
  auto networks = study.networks();
  TRY(networks);
  auto searches = study.searches();
  TRY(searches);
  StudyContents contents{std::move(*datasets),  std::move(*models),   {},
                         std::move(*decisions), std::move(*networks), {}};
  for (RunInfo& run : *runs) {
    ComputedRun computed;
    for (const std::string& split : run.splits)
      computed.predictions.push_back(study.committed(run, split).value_or(0) *
                                     static_cast<std::int64_t>(run.voters.size()));
    computed.info = std::move(run);
    contents.runs.push_back(std::move(computed));
  }
  for (SearchInfo& search : *searches) {
    const auto found = std::ranges::count_if(contents.networks, [&](const NetworkInfo& network) {
      return network.search == search.name && network.origin == NetworkOrigin::found;
    });
    contents.searches.push_back({std::move(search), static_cast<std::int64_t>(found)});
  }
  return contents;
}

}  // namespace plumbline

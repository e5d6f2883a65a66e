#include "core/study/study_contents.h"

#include <algorithm>
#include <utility>

namespace plumbline {

Result<std::int64_t> ComputedRun::all_predictions() const {
  std::int64_t sum = 0;
  for (const Result<std::int64_t>& split : predictions) {
    TRY(split);
    sum += *split;
  }
  return sum;
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
    const auto voters = static_cast<std::int64_t>(run.voters.size());
    // One run that cannot be read takes no other entry with it.
    for (const std::string& split : run.splits)
      computed.predictions.push_back(
          study.committed(run, split).map([&](std::int64_t samples) { return samples * voters; }));
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

#include "core/review/run_estimate.h"

#include <algorithm>

namespace plumbline {

RunEstimate estimate_run(const RunCatalogue& catalogue, std::span<const RunTarget> targets,
                         std::span<const Voter> voters) {
  RunEstimate estimate;
  for (const RunTarget& target : targets)
    if (target.condition == View()) estimate.samples += target.samples;
  double first_ms = 0;
  for (const Voter& voter : voters) {
    VoterEstimate own{voter, 0, 0, std::nullopt, 0};
    for (const RunTarget& target : targets) {
      const auto there = samples_there(catalogue, target, voter.model, voter.view);
      own.computed += there;
      own.left += std::max<std::int64_t>(0, target.samples - there);
      // The same for every target: its device and precision are.
      own.time = time_per_image(catalogue, target, voter.model, voter.view);
    }
    estimate.predictions += own.left;
    if (own.time) {
      if (estimate.voters.empty()) first_ms = own.time->ms;
      own.seconds = own.time->ms * static_cast<double>(own.left) / 1000;
      estimate.ms_per_image += own.time->ms;
      estimate.about |= own.time->about && own.left > 0;
    } else {
      estimate.unknown += own.left > 0;
    }
    estimate.seconds += own.seconds;
    auto model =
        std::ranges::find(estimate.by_model, voter.model, &std::pair<std::string, double>::first);
    if (model == estimate.by_model.end())
      model = estimate.by_model.insert(model, {voter.model, 0.0});
    model->second += own.seconds;
    estimate.voters.push_back(std::move(own));
  }
  if (first_ms > 0 && estimate.unknown == 0)
    estimate.times_baseline = estimate.ms_per_image / first_ms;
  return estimate;
}

}  // namespace plumbline

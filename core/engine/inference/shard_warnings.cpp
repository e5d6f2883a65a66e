#include "core/engine/inference/shard_warnings.h"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace plumbline {

void report_failures(Job& job, StudyRuns& study, const RunPlan& plan,
                     const std::vector<LoadFailure>& failures) {
  std::vector<StoredWarning> stored;
  for (const LoadFailure& failure : failures) {
    job.warning("image", failure.message, failure.where);
    stored.push_back({"image", failure.where, failure.message});
  }
  // A warning that cannot be kept is on the terminal and in the events all the same.
  (void)study.add_warnings(plan.run.name, stored);
}

void report_odd_outputs(Job& job, StudyRuns& study, const RunPlan& plan, const ShardRange& range,
                        const ShardOutput& output, std::span<const SampleInfo> samples) {
  constexpr std::size_t most_named = 20;
  std::map<int, std::vector<std::string>> names;  // by row
  for (const Unread& odd : output.odd_outputs())
    names[odd.row].push_back(samples[static_cast<std::size_t>(odd.sample)].name);
  std::vector<StoredWarning> stored;
  for (auto& [row, images] : names) {
    const std::size_t count = images.size();
    images.resize(std::min(count, most_named));
    const std::string voter =
        to_string(plan.run.voters[range.voters[static_cast<std::size_t>(row)]]);
    const std::string message = fmt::format(
        "the output is not finite, or not a distribution, for {} of {} images, which are not "
        "judged: {}{}",
        count, samples.size(), fmt::join(images, ", "), count > most_named ? ", …" : "");
    job.warning("output", message, voter);
    stored.push_back({"output", voter, message});
  }
  if (!stored.empty()) (void)study.add_warnings(plan.run.name, stored);
}

}  // namespace plumbline

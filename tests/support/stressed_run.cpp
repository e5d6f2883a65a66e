#include "tests/support/stressed_run.h"

#include <algorithm>
#include <cmath>

namespace plumbline::test {

ClassPredictions commit_predictions(StudyFixture& fixture, const RunInfo& run,
                                    const std::string& split, float help, unsigned seed,
                                    std::int64_t count) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 2);
  const auto labels = value(fixture.study.labels(run.dataset, split));
  ClassPredictions content;
  content.count = count;
  for (const DatasetInfo& dataset : value(fixture.study.datasets()))
    if (dataset.id == run.dataset) content.classes = static_cast<int>(dataset.classes.size());
  content.voters = run.voters;
  allocate(content);
  const auto width = static_cast<std::size_t>(content.classes);
  for (std::size_t cell = 0; cell < content.predicted.size(); ++cell) {
    const auto label = labels[cell % static_cast<std::size_t>(count)];
    float* row = content.log_probs.data() + cell * width;
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) {
      row[c] = normal(random) + (c == label ? help : 0.0F);
      sum += std::exp(static_cast<double>(row[c]));
    }
    for (std::size_t c = 0; c < width; ++c) row[c] -= static_cast<float>(std::log(sum));
    const auto* top = std::max_element(row, row + width);
    content.predicted[cell] = static_cast<std::int32_t>(top - row);
    content.confidence[cell] = std::exp(*top);
    content.log_prob_label[cell] = row[label];
  }
  std::vector<std::int64_t> sets;
  for (const Voter& voter : run.voters)
    sets.push_back(
        value(fixture.study.prediction_set(prediction_key(run, split, voter, false))).id);
  const std::string file = split + "-" + to_string(run.condition) + ".safetensors";
  succeed(write_class_predictions(fixture.folder() / "predictions" / file, content));
  succeed(fixture.study.commit_shard(file, 0, count, sets));
  return content;
}

}  // namespace plumbline::test

#include "tests/support/stressed_run.h"

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
  fill_predictions(content, labels, help, [&] { return normal(random); });
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

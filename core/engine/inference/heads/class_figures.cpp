#include "core/engine/inference/heads/class_figures.h"

#include <algorithm>

#include "core/decision/mean_of_voters.h"
#include "core/study/run_votes.h"

namespace plumbline {

namespace {

/// Samples of a voter up to which its running accuracy is reported more than once a file.
constexpr std::int64_t finely_reported = 20'000;

ClassIndex class_of(std::int32_t predicted) {
  return predicted < 0 ? no_class : static_cast<ClassIndex>(predicted);
}

/// After how many samples of a range the accuracy is said: a short run's curve has more points than
/// it has files.
std::size_t reporting_step(const RunningAccuracy& accuracy, std::size_t samples) {
  return accuracy.judged < finely_reported ? samples / 16 + 1 : samples;
}

/// Adds predictions in order and reports on the way.
template <class Predicted>
void add_and_report(RunningAccuracy& accuracy, std::span<const SampleInfo> samples,
                    const std::string& name, Job& job, const Predicted& predicted) {
  const std::size_t step = reporting_step(accuracy, samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    accuracy.add(predicted(i), samples[i].label);
    if (((i + 1) % step == 0 || i + 1 == samples.size()) && accuracy.judged > 0)
      job.metric(name, accuracy.fraction(), accuracy.judged);
  }
}

}  // namespace

Result<void> ClassFigures::load(const Study& study) {
  for (const auto& split : run_.splits) {
    const auto votes = load_votes(study, run_, split);
    TRY(votes);
    const VoteTable& table = votes->table();
    for (std::size_t v = 0; v < voters_.size(); ++v)
      for (std::size_t i = 0; i < table.samples(); ++i) {
        const ClassIndex predicted = table.voters[v].predicted[i];
        unreadable_ += v == 0 && predicted == no_class;
        voters_[v].add(predicted, table.labels[i]);
      }
  }
  return {};
}

void ClassFigures::add(const ShardRange& range, const ClassPredictions& content,
                       std::span<const SampleInfo> samples, Job& job) {
  for (std::size_t row = 0; row < range.voters.size(); ++row)
    add_and_report(
        voters_[range.voters[row]], samples,
        "accuracy/" + to_string(run_.voters[range.voters[row]]), job,
        [&](std::size_t i) { return class_of(content.predicted[row * samples.size() + i]); });
  if (range.voters.size() > 1 && range.voters.size() == voters_.size())
    add_mean(content, samples, job);
}

void ClassFigures::add_mean(const ClassPredictions& content, std::span<const SampleInfo> samples,
                            Job& job) {
  const std::size_t n = samples.size();
  const auto classes = static_cast<std::size_t>(content.classes);
  std::vector<double> sum(classes);
  add_and_report(mean_, samples, "accuracy/mean", job, [&](std::size_t i) {
    std::ranges::fill(sum, 0.0);
    for (std::size_t row = 0; row < voters_.size(); ++row) {
      // As a policy sees it: a sample that a voter gives nothing for is not judged.
      if (content.predicted[row * n + i] < 0) return no_class;
      add_probabilities(std::span(content.log_probs).subspan((row * n + i) * classes, classes),
                        sum);
    }
    return top_of(sum).label;
  });
}

void ClassFigures::report(std::size_t voter, Job& job) const {
  if (voters_[voter].judged == 0) return;
  job.metric("accuracy/" + to_string(run_.voters[voter]), voters_[voter].fraction(),
             voters_[voter].judged);
}

}  // namespace plumbline

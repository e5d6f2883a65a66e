#pragma once
#include <QTemporaryDir>
#include <functional>
#include <random>
#include <span>

#include "core/predictions/class_predictions.h"
#include "core/study/study.h"

namespace plumbline::test {

/// A study in a temporary folder with a data set "d" of random labels, some models and predictions
/// whose values are known.
class StudyFixture {
 public:
  /// `names`: of the classes; left out, class0, class1, …
  explicit StudyFixture(std::int64_t samples = 5000, int classes = 7,
                        std::vector<std::string> names = {});

  std::filesystem::path folder() const;
  std::filesystem::path path(const std::string& name) const;

  static DatasetScan scan(std::int64_t samples, int classes, unsigned seed = 1);
  static std::string card(const std::string& name, int classes);

  /// Adds models m0, m1, … and a run of their identity views, all predictions committed.
  RunInfo add_run(const std::string& name, int models, unsigned seed = 2);
  /// The shards of the run's voters in the order of their first sample, as they were written.
  std::vector<ClassPredictions> shards;

  Study study;

 private:
  StudyFixture(std::unique_ptr<QTemporaryDir> directory, std::int64_t samples, int classes,
               const std::vector<std::string>& names);
  std::unique_ptr<QTemporaryDir> directory_;
  std::int64_t samples_;
  int classes_;
};

/// Fills allocated predictions with distributions of drawn logits, in which the true class has
/// `help` more. `labels`: of their samples, from the first one on.
void fill_predictions(ClassPredictions& content, std::span<const ClassIndex> labels, float help,
                      const std::function<float()>& draw);

/// The value of a result whose failure ends the test program with its message.
template <class T>
T value(Result<T> result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
  return std::move(*result);
}

inline void succeed(const Result<void>& result) {
  if (!result) qFatal("%s", to_string(result.error()).c_str());
}

}  // namespace plumbline::test

#pragma once
#include "tests/support/study_fixture.h"

namespace plumbline::test {

/// Commits what a run's voters give of the first `count` samples of a split: random distributions
/// in which the true class's logit has `help` more. `run`: as it is, or under a condition. Returns
/// what was written.
ClassPredictions commit_predictions(StudyFixture& fixture, const RunInfo& run,
                                    const std::string& split, float help, unsigned seed,
                                    std::int64_t count);

}  // namespace plumbline::test

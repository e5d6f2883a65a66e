#include <QtTest>

#include "core/review/decision_figures.h"
#include "core/study/run_votes.h"
#include "tests/core/review/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

/// The confidence of the run's first voter, whoever decides.
void TestDecisionFigures::the_baseline_beside_is_the_first_voter() {
  StudyFixture fixture(300);
  const RunInfo run = fixture.add_run("r", 3);
  const auto votes = value(load_votes(fixture.study, run, "test"));
  const VoteTable& all = votes.table();
  for (const std::vector<std::size_t>& voters :
       {std::vector<std::size_t>{0, 2}, std::vector<std::size_t>{1, 2}}) {
    const BaselineBeside beside = baseline_beside(all, voters);
    QCOMPARE(beside.votes.voters.size(), voters.front() == 0 ? std::size_t{2} : std::size_t{1});
    for (std::size_t i = 0; i < all.samples(); ++i) {
      QCOMPARE(beside.decisions.label[i], all.voters[0].predicted[i]);
      QCOMPARE(static_cast<float>(beside.decisions.score[i]), all.voters[0].confidence[i]);
    }
  }
}

}  // namespace plumbline::test

#include "widgets/decision/reason.h"

#include "widgets/text/text_of.h"

namespace plumbline {

QString parameter_text(double value, bool integer) { return text_of(value_text(value, integer)); }

QString reason_for(const RunReview& review, std::size_t row) {
  const Decisions& decisions = review.decisions();
  return text_of(
      explain(review.bound_policy(), review.policy_votes(),
              {row, decisions.label[row], decisions.score[row], decisions.accept[row] != 0}));
}

}  // namespace plumbline

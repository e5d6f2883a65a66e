#include "widgets/decision/reason.h"

#include "widgets/text/text_of.h"

namespace plumbline {

QString parameter_text(double value, bool integer) { return text_of(value_text(value, integer)); }

QString reason_for(const RunReview& review, std::size_t sample) {
  const Decisions& decisions = review.decisions();
  return text_of(explain(
      review.bound_policy(), review.policy_votes(),
      {sample, decisions.label[sample], decisions.score[sample], decisions.accept[sample] != 0}));
}

}  // namespace plumbline

#pragma once
#include <QString>

#include "widgets/decision/run_review.h"

namespace plumbline {

/// Why the policy accepts or rejects the item of a row of review.table(), in a few words: "3 of 4
/// votes ≥ 0.70, needs 3".
QString reason_for(const RunReview& review, std::size_t row);

/// A parameter's value as it is written: at least `integer` or two digits.
QString parameter_text(double value, bool integer);

}  // namespace plumbline

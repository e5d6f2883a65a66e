#pragma once
#include <QString>

namespace plumbline {

class RunReview;

/// "polygraph(0.70, 3)".
QString short_policy(const RunReview& review);

/// "4 voters".
QString voters_text(const RunReview& review);

}  // namespace plumbline

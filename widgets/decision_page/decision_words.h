#pragma once
#include <QString>
#include <QStringList>

namespace plumbline {

class RunReview;

/// The words of the command line that makes the decisions under review again. Costs that were
/// edited are named by the file that they are exported to.
QStringList decide_command(const RunReview& review);

/// "polygraph(0.70, 3)".
QString short_policy(const RunReview& review);

/// "4 voters".
QString voters_text(const RunReview& review);

}  // namespace plumbline

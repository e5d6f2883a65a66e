#pragma once
#include <QString>

#include "core/decision/verdicts.h"

namespace plumbline {

/// verdict_name as Qt's text.
QString full_verdict_name(Verdict verdict);

/// The word on a counter: shorter than verdict_name, "undetected".
QString short_verdict_name(Verdict verdict);

}  // namespace plumbline

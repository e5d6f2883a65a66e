#pragma once
#include "core/report/draft.h"

namespace plumbline {

/// Adds every figure of the run to the report: "decision.KEY" and "baseline.KEY" for each metric of
/// the table, "difference.KEY" between them where both have it (with its paired interval, if there
/// is one), "difference.undetected_relative", "selected.KEY" where the parameters were chosen,
/// "drift.KEY", "voter.N.accuracy" and "voter.N.accuracy_difference" (N from 1, as the policy has
/// them), "agreement.…".
void add_run_figures(ReportDraft& draft);

}  // namespace plumbline

#pragma once
#include <span>
#include <vector>

#include "core/engine/inference/heads/output_head.h"
#include "core/engine/inference/load_sample.h"
#include "core/engine/inference/run_plan.h"
#include "core/jobs/job.h"
#include "core/study/study.h"

namespace plumbline {

/// Names the images that could not be read: as warnings of the job, and of the run in the study.
void report_failures(Job& job, StudyRuns& study, const RunPlan& plan,
                     const std::vector<LoadFailure>& failures);

/// Names the images of which a voter gave no output, a warning for each voter of the range.
/// `samples` are the range's.
void report_odd_outputs(Job& job, StudyRuns& study, const RunPlan& plan, const ShardRange& range,
                        const ShardOutput& output, std::span<const SampleInfo> samples);

}  // namespace plumbline

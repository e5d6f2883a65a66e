#pragma once
#include <QString>

#include <vector>

#include "core/jobs/job_folder.h"
#include "widgets/planer/search_curve.h"

namespace plumbline {

/// Where the last measurement of the subject's options changed nothing, because an earlier sitting
/// was quieter or says more: which of it, in sentences. Empty where the last one is kept, or no job
/// here has measured.
QString unkept_measurement(const std::vector<JobFolder>& jobs, const PlanerSubject& subject);

}  // namespace plumbline

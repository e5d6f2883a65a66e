#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "core/jobs/job_folder.h"

namespace plumbline {

/// Adds how a job stands to what a command prints of it: job, state, done, total, unit, per_second,
/// seconds_left, seconds. The last is that of its newest event.
void add_job_progress(nlohmann::ordered_json& json, const JobFolder& job);

/// The same in words: "running, 30 of 120 images, 4 per second, 20 s left".
std::string job_progress_text(const JobFolder& job);

}  // namespace plumbline

#pragma once
#include <optional>

#include "core/engine/planer/planer_setup.h"
#include "core/engine/planer/teacher.h"

namespace plumbline {

/// A network of the study as the teacher of a course; none where the course's distillation is 0.
/// Errors: those of load_network.
Result<std::optional<Teacher>> load_teacher(const Study& study, const NetworkInfo& network,
                                            const CourseSettings& course);

}  // namespace plumbline

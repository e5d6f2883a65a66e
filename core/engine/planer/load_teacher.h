#pragma once
#include <optional>

#include "core/engine/planer/planer_setup.h"
#include "core/engine/planer/teacher.h"

namespace plumbline {

/// A network of the study as the teacher of a course for a backbone; none where the course's
/// distillation is 0. Errors (usage): another vocabulary; a step's probabilities, which are all
/// kept, take more than 2 GiB.
Result<std::optional<Teacher>> load_teacher(const Study& study, const NetworkInfo& network,
                                            const BackboneConfig& pupil,
                                            const CourseSettings& course);

}  // namespace plumbline

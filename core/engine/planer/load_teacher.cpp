#include "core/engine/planer/load_teacher.h"

#include "core/engine/planer/network_files.h"

namespace plumbline {

Result<std::optional<Teacher>> load_teacher(const Study& study, const NetworkInfo& network,
                                            const CourseSettings& course) {
  if (course.distillation == 0) return std::nullopt;
  auto model = load_network(study, network, course.device, scalar_type(course.precision));
  if (!model) return tl::unexpected(model.error());
  return Teacher{std::move(*model), network.architecture, course.distillation};
}

}  // namespace plumbline

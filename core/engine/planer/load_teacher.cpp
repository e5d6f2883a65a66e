#include "core/engine/planer/load_teacher.h"

#include <fmt/format.h>

#include "core/engine/planer/network_files.h"

namespace plumbline {

namespace {
constexpr std::int64_t most_bytes = std::int64_t{2} << 30;
}  // namespace

Result<std::optional<Teacher>> load_teacher(const Study& study, const NetworkInfo& network,
                                            const BackboneConfig& pupil,
                                            const CourseSettings& course) {
  if (course.distillation == 0) return std::nullopt;
  if (network.config.vocabulary != pupil.vocabulary)
    return usage_error(fmt::format("'{}' knows {} tokens, the network that is trained {}",
                                   network.name, network.config.vocabulary, pupil.vocabulary),
                       "--teacher", "choose a teacher of the same vocabulary");
  const std::int64_t row = pupil.vocabulary * static_cast<std::int64_t>(sizeof(float));
  if (course.batch * course.shape.length > most_bytes / row)
    return usage_error(fmt::format("the probabilities of {} tokens, each of {}, take more than 2 "
                                   "GiB a step",
                                   course.batch * course.shape.length, pupil.vocabulary),
                       "--distill", "a smaller --batch, or training without --distill");
  auto model = load_network(study, network, course.device, scalar_type(course.precision));
  if (!model) return tl::unexpected(model.error());
  return Teacher{std::move(*model), network.architecture, course.distillation};
}

}  // namespace plumbline

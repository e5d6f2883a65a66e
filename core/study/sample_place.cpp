#include "core/study/sample_place.h"

#include <string_view>

#include "core/types/number.h"

namespace plumbline {

Result<std::optional<std::int64_t>> place_of_sample(const Study& study, std::int64_t dataset,
                                                    const std::string& split,
                                                    const std::string& wanted) {
  std::int64_t place = 0;
  std::optional<std::int64_t> found;
  TRY(study.names(dataset, split, [&](std::string_view name) {
    if (!found && name == wanted) found = place;
    ++place;
  }));
  if (found) return found;
  const auto number = parse_integer(wanted);
  if (number && *number >= 0 && *number < place) found = *number;
  return found;
}

}  // namespace plumbline

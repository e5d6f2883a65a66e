#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/study/study.h"

namespace plumbline {

/// The place of a sample in a split, from 0: of the one of that name (a file's below its data set's
/// folder, or a record's number), else the number that is written. Nothing where the split has no
/// such sample. Errors: those of reading.
Result<std::optional<std::int64_t>> place_of_sample(const Study& study, std::int64_t dataset,
                                                    const std::string& split,
                                                    const std::string& wanted);

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <string>

#include "core/study/study.h"

namespace plumbline {

/// What names the objects of a split in a cache. They never change while predictions refer to the
/// split; so it is the split, as it is numbered, with a hash of the objects of some samples that
/// lie evenly apart (of all where they are few), which tells a split from one that had its number
/// before. Does not take longer where there are more. Empty for a study that knows no objects.
Result<std::string> boxes_mark(const Study& study, std::int64_t dataset, const std::string& split);

}  // namespace plumbline

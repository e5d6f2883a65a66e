#pragma once
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// `train --progress`: how far the job is that trains this model, or did last, and what its loss
/// and its shares of right labels are so far, as the Runs page shows them. `course`: also how they
/// came to that, over the epochs. The study is only read. Errors (bad input): no job of such a
/// training is kept.
Result<void> print_training(const std::string& study, const std::string& model, bool json,
                            bool course);

}  // namespace plumbline

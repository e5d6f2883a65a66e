#pragma once
#include "app/engine/commands/decide_selection.h"

namespace plumbline {

/// Whether the options of `decide` go together. Errors (usage): one that is missing, or that has
/// nothing to do with another one.
Result<void> check_decide_options(const DecideOptions& options);

}  // namespace plumbline

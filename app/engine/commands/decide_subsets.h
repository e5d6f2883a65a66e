#pragma once
#include "app/engine/commands/decide_selection.h"

namespace plumbline {

/// `decide --subsets`: which few of the run's voters, under the policy at every setting, miss least
/// at what they cost. Searched on --select-on; left out, where the Decision page chooses, and where
/// there is no such split on the one that is shown, which is said. Says how far it is on standard
/// error. Errors: usage, cancelled by a signal, those of reading and of the search.
Result<void> search_subsets_of(const DecideOptions& options);

}  // namespace plumbline

#pragma once
#include <string_view>

#include "core/types/error.h"

namespace plumbline {

/// The one rule for what a user may call things: data sets, splits, models, runs, networks,
/// searches, decisions, jobs. A name has 1 to 100 bytes of UTF-8; none of / \ : , which paths and
/// lists are made of, and no control character; no '.', '-' or white space in front and no white
/// space at its end. Such a name is a file's name and a word of every list. It is asked where
/// something gets its name; what has one from an earlier version keeps it. `what` is named in the
/// error (usage), as is `where`, an option: "a run", "--name".
Result<void> check_plain_name(std::string_view name, std::string_view what, std::string_view where);

}  // namespace plumbline

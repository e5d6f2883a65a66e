#pragma once
#include <chrono>
#include <functional>

#include "core/confinement/confinement.h"
#include "core/types/error.h"

namespace plumbline {

/// Runs `check` in a process of its own that is confined to `reach` first, and returns what it
/// returned. A check that does not end within `limit`, that crashes or that is asked to stop
/// (SIGINT, SIGTERM, SIGHUP to this process) is ended, and takes nothing else with it. `what`
/// begins the messages of these errors ("the model"), `where` names the file. Requires that this
/// process has one thread.
Result<void> check_apart(const Reach& reach, std::chrono::seconds limit, std::string_view what,
                         const std::filesystem::path& where,
                         const std::function<Result<void>()>& check);

}  // namespace plumbline

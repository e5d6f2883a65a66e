#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "app/engine/commands/commands.h"
#include "core/types/error.h"

namespace plumbline {

/// How a command goes on with what it began.
struct ResumedWork {
  std::vector<std::string> kinds;  ///< of the jobs whose words count: "planer-train"
  /// Whether something of this name is kept in the study: a checkpoint, say.
  std::function<bool(const std::filesystem::path& study, const std::string& name)> is_kept;
  /// What the network that an option ("--from", "--teacher") named `then` is called now, since it
  /// may have been renamed; where there is no such function, or it has no answer, the word of then
  /// counts.
  std::function<std::optional<std::string>(const std::filesystem::path& study,
                                           const std::string& name, std::string_view option,
                                           const std::string& then)>
      network_now = {};
};

/// The options of a command that was begun before: its latest job that was no mistake of usage has
/// them in its job.json. Those that were not given now are set as they were then, and added to
/// `words`, so that the job of now has them too. `name`: as --name has it; where it is empty it
/// becomes that of the only one that is not complete. Does nothing where there is no such job, and
/// where nothing is kept and other words than --resume are given: then it is a start.
///
/// Errors (usage): an option that was given says otherwise than the words then; several are not
/// complete, and none is named. What may differ is left to whoever goes on: files (by another path
/// they may be the same), networks (which may have been renamed since; another one is refused
/// where it is read), the device, targets, and what is compared with them. A relative path among
/// the words of then is read from the folder of now. What was taken is said on standard error,
/// unless --quiet is given.
Result<void> take_words_of_start(CLI::App& command, const ResumedWork& work,
                                 const std::string& study, std::string& name,
                                 std::vector<std::string>& words);

}  // namespace plumbline

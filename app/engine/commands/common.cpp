#include "app/engine/commands/commands.h"
#include "core/types/number.h"

namespace plumbline {

void add_job_flags(CLI::App& command, JobFlags& flags) {
  command.add_flag("--events", flags.events, "print events as JSON lines on standard output");
  command.add_flag("--quiet", flags.quiet, "no progress, no warnings on the terminal");
}

JobOptions job_options(const CommandContext& context, const JobFlags& flags,
                       const std::string& study, const std::string& kind) {
  return {study, kind, context.words, flags.events, flags.quiet};
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto part = trimmed(std::string_view(text).substr(begin, end - begin));
    if (!part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

}  // namespace plumbline

#include "core/jobs/network_users.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/jobs/command_words.h"
#include "core/jobs/job_folder.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

bool uses_network(const JobDescription& job, const std::string& network) {
  if (const auto* search = job.subject.as<SearchWork>()) return search->from == network;
  const auto* work = job.subject.as<NetworkWork>();
  if (work == nullptr) return false;
  // The subject does not name the teacher: it is an option of the command.
  return work->from == network || CommandWords(job.command).option("--teacher") == network ||
         std::ranges::find(work->networks, network) != work->networks.end();
}

}  // namespace

Result<void> check_no_job_uses_network(const std::filesystem::path& study,
                                       const std::string& network) {
  for (const JobFolder& job : jobs_of(study))
    if (!is_over(job.state()) && uses_network(job.description(), network))
      return bad_input(fmt::format("the job {} uses the network '{}'", visible_text(job.id()),
                                   visible_text(network)),
                       study.string(), "cancel the job, or wait for it");
  return {};
}

}  // namespace plumbline

#include "core/jobs/network_users.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/jobs/job_folder.h"
#include "core/types/visible_text.h"

namespace plumbline {

namespace {

/// The subject does not name the teacher: it is an option of the command.
bool learns_from(const JobDescription& job, const std::string& network) {
  const auto& words = job.command;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == "--teacher=" + network ||
        (words[i] == "--teacher" && i + 1 < words.size() && words[i + 1] == network))
      return true;
  return false;
}

bool uses_network(const JobDescription& job, const std::string& network) {
  if (const auto* search = job.subject.as<SearchWork>()) return search->from == network;
  const auto* work = job.subject.as<NetworkWork>();
  if (work == nullptr) return false;
  return work->from == network || learns_from(job, network) ||
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

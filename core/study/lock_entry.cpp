#include "core/study/lock_entry.h"

#include <algorithm>

#include "core/jobs/network_users.h"
#include "core/jobs/work_locks.h"
#include "core/types/plain_name.h"

namespace plumbline {

Result<std::vector<FileLock>> lock_entry(const Study& study, StudyEntry entry,
                                         const std::string& name, const std::string& to) {
  const auto dependents = study.dependents(entry, name);
  TRY(dependents);
  auto works = works_on(entry, name, *dependents);
  // What is only just being made under the further name has no row that would be in the way. A name
  // that is none would name another file; it is refused where the entry is renamed.
  if (!to.empty() && to != name && check_plain_name(to, "an entry", "--to"))
    for (std::string& work : works_on(entry, to, Dependents()))
      if (std::ranges::find(works, work) == works.end()) works.push_back(std::move(work));
  auto locks = lock_works(study.folder(), works);
  TRY(locks);
  if (entry == StudyEntry::network) TRY(check_no_job_uses_network(study.folder(), name));
  return locks;
}

}  // namespace plumbline

#include "core/confinement/confinement.h"

#include <sys/prctl.h>

#include <cstdlib>
#include <string_view>

#include "core/confinement/landlock.h"
#include "core/confinement/system_calls.h"

namespace plumbline {

namespace {

/// Linux's Landlock keeps signals and abstract sockets within from this version on.
constexpr int scopes = 6;

bool switched_off() {
  const char* setting = std::getenv("PLUMBLINE_CONFINE");
  return setting && std::string_view(setting) == "off";
}

}  // namespace

ConfinementState available_confinement() {
  ConfinementState state;
  if (switched_off()) {
    state.missing = "PLUMBLINE_CONFINE is 'off'";
    return state;
  }
  const int landlock_version = landlock::version();
  state.files = landlock_version > 0;
  state.processes = landlock_version >= scopes;
  state.network = state.programs = can_filter_system_calls();
  if (!state.files)
    state.missing = "this kernel has no Landlock: a model could read and write your files";
  if (!state.network)
    state.missing += std::string(state.missing.empty() ? "" : "; ") +
                     "this kernel has no seccomp filters: a model could use the network";
  return state;
}

Result<ConfinementState> confine(const Reach& reach) {
  const ConfinementState state = available_confinement();
  if (!state.files && !state.network) return state;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(ErrorKind::device, "this process could not be confined: it keeps its privileges");
  if (state.files) TRY(landlock::restrict_to(reach, landlock::version()));
  if (state.network) TRY(filter_system_calls(reach.accelerators));
  return state;
}

}  // namespace plumbline

#include "core/decision/policy_kind.h"

namespace plumbline {

// The policies, in the order in which they are listed: POLICY(name) is `name_policy` in name.cpp.
#define PLUMBLINE_POLICIES(POLICY) \
  POLICY(mcp)                      \
  POLICY(mean)                     \
  POLICY(gmean)                    \
  POLICY(max)                      \
  POLICY(majority)                 \
  POLICY(unanimous)                \
  POLICY(polygraph)

#define PLUMBLINE_DECLARE(name) extern const PolicyKind name##_policy;
PLUMBLINE_POLICIES(PLUMBLINE_DECLARE)

std::span<const PolicyKind* const> policy_kinds() {
#define PLUMBLINE_ADDRESS(name) &name##_policy,
  static constexpr const PolicyKind* kinds[] = {PLUMBLINE_POLICIES(PLUMBLINE_ADDRESS)};
  return kinds;
}

}  // namespace plumbline

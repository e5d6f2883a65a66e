#include "core/decision/policy_kind.h"

namespace plumbline {

// The policies, in the order in which they are listed: POLICY(name) is `name_policy` in name.cpp,
// of the last four in box_fusion.cpp.
#define PLUMBLINE_POLICIES(POLICY) \
  POLICY(mcp)                      \
  POLICY(mean)                     \
  POLICY(gmean)                    \
  POLICY(max)                      \
  POLICY(majority)                 \
  POLICY(unanimous)                \
  POLICY(polygraph)                \
  POLICY(entropy)                  \
  POLICY(mutual_information)       \
  POLICY(zero)                     \
  POLICY(learned)                  \
  POLICY(conformal)                \
  POLICY(gen)                      \
  POLICY(pnorm)                    \
  POLICY(harm)                     \
  POLICY(cascade)                  \
  POLICY(temperature)              \
  POLICY(weighted)                 \
  POLICY(staged)                   \
  POLICY(wbf)                      \
  POLICY(nms)                      \
  POLICY(soft_nms)                 \
  POLICY(nmw)

#define PLUMBLINE_DECLARE(name) extern const PolicyKind name##_policy;
PLUMBLINE_POLICIES(PLUMBLINE_DECLARE)

NamedTable<PolicyKind>& policy_table() {
#define PLUMBLINE_ADDRESS(name) &name##_policy,
  static NamedTable<PolicyKind> table{PLUMBLINE_POLICIES(PLUMBLINE_ADDRESS)};
  return table;
}

std::span<const PolicyKind* const> policy_kinds() { return policy_table().all(); }

}  // namespace plumbline

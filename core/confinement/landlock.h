#pragma once
#include "core/confinement/confinement.h"
#include "core/types/error.h"

/// Landlock, by its system calls: Debian 12's headers know its first versions only, while the
/// kernel that runs may know later ones.
namespace plumbline::landlock {

/// The version of the interface that the kernel has; 0 where there is none.
int version();

/// Restricts this thread, and those that it starts, to `reach`. Requires version() > 0 and that the
/// process has given up gaining privileges.
Result<void> restrict_to(const Reach& reach, int version);

}  // namespace plumbline::landlock

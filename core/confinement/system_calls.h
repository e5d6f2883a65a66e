#pragma once
#include "core/types/error.h"

namespace plumbline {

/// Whether the kernel can filter system calls, and this processor's are known here.
bool can_filter_system_calls();

/// From now on these fail with EPERM in this process and what it starts: making a socket, starting
/// a program, reaching into other processes, mounting, loading code into the kernel, and
/// asynchronous interfaces that would go around the filter. With `accelerators` local sockets may
/// be made: CUDA makes one when it begins. Requires that the process has given up gaining
/// privileges.
Result<void> filter_system_calls(bool accelerators);

}  // namespace plumbline

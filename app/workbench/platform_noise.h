#pragma once
#include <QString>

namespace plumbline {

/// Whether Qt says something of the platform that nobody can mend: that a window without a display
/// has no size hints to hand on, or that the environment names no folder for sockets.
bool is_platform_noise(const QString& message);

/// Keeps such messages off the terminal; all others go where they went before.
void quiet_platform_noise();

}  // namespace plumbline

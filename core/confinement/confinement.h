#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// What a process may still reach once it is confined. Folders stand for all that is below them; a
/// path that does not exist is left out. Links are followed when the process is confined, not
/// later.
struct Reach {
  std::vector<std::filesystem::path> read;   ///< files and folders that are read
  std::vector<std::filesystem::path> write;  ///< read, changed, made and removed below
  bool accelerators = false;                 ///< the device files of GPUs
};

/// What of a confinement is in force, or would be on this kernel.
struct ConfinementState {
  bool files = false;     ///< only what is named in Reach can be opened (Landlock, Linux 5.13)
  bool network = false;   ///< no socket can be made, beside a GPU but local ones (seccomp)
  bool programs = false;  ///< no program can be started (seccomp)
  bool processes =
      false;            ///< no signal leaves the process, no abstract socket (Landlock, Linux 6.12)
  std::string missing;  ///< why something is not in force; empty where all is

  bool whole() const { return files && network && programs; }
};

/// What this kernel offers. Changes nothing.
ConfinementState available_confinement();

/// Confines this process for good: a model that was made by a stranger can then read what it is
/// given and write the study, and nothing else. To be called while the process has one thread;
/// later threads are confined with it. What the system's libraries need to be loaded stays readable
/// (/usr, /lib, /etc, /proc, /sys, and the folders from which libraries are mapped already), and
/// files that are open stay open. Where the kernel lacks a part the rest is in force, and the state
/// says so. Errors (device): the kernel has a part but refuses it; then nothing that was asked for
/// is certain, and the caller must not run a model.
Result<ConfinementState> confine(const Reach& reach);

}  // namespace plumbline

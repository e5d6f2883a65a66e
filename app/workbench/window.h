#pragma once
#include <string>

#include "core/types/error.h"

namespace plumbline {

/// Shows the workbench, with a study where one is named, until its window is closed.
/// Errors: no display (device); what opening the study says.
Result<void> show_window(const std::string& study, char* program);

}  // namespace plumbline

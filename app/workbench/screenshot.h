#pragma once
#include <string>

#include <CLI/App.hpp>

#include "core/types/error.h"

namespace plumbline {

struct ScreenshotRequest {
  std::string study, page = "failures", file, size = "1600x1000", theme = "light", run, policy,
                     search;
};
void add_options(CLI::App& command, ScreenshotRequest& request);

/// Draws the real window, as large as asked, once everything that it shows is there. Sets the
/// offscreen platform where there is no display; reads and writes no settings.
Result<void> take_screenshot(const ScreenshotRequest& request, char* program);

}  // namespace plumbline

#pragma once
#include <span>
#include <string>

#include "widgets/page/context.h"

namespace plumbline {

class Page;

/// How the window comes to a page.
struct PageEntry {
  const char* key;  ///< as Page::key() has it
  Page* (*make)(const PageContext& context);
};

/// The workbench's pages in the order of their tabs. A further page is one line there.
std::span<const PageEntry> page_table();

/// The page that a first start begins with, and the one that a study without runs needs.
inline constexpr char first_page[] = "failures", planning_page[] = "runs";

/// "runs, failures, compare or planer", for the command line.
std::string page_keys();

}  // namespace plumbline

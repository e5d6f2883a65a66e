#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/error.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// Which failures a report shows.
struct CaseChoice {
  enum class Kind {
    surest,  ///< `count` undetected ones of highest confidence, and half as many caught ones
    cells,   ///< the surest undetected one of each pair of classes, at most `count` pairs
    tag,     ///< those with a tag
    items,   ///< samples by their place in the split, or objects of them
    none,
  } kind = Kind::surest;
  std::int64_t count = 24;
  std::string tag;
  std::vector<ItemRef> items;
  friend bool operator==(const CaseChoice&, const CaseChoice&) = default;
};

/// Reads `surest:24`, `cells:40`, `tag:NAME`, `items:12,33.2` (sample 12, and object 2 of sample
/// 33, all from 0), `none`. Errors (usage) name the word.
Result<CaseChoice> parse_case_choice(std::string_view text);
std::string to_string(const CaseChoice& choice);

/// What a report is to be of.
struct ReportRequest {
  std::filesystem::path study;
  std::string run;       ///< empty: the last one, where there is one
  std::string split;     ///< empty: the run's only one, or the last
  std::string decision;  ///< a saved one; else `policy` and `voters`
  std::string policy, voters;
  /// What the policy counts, classes × classes, of a decision that stands in the window and was not
  /// saved: in place of the file that its text names, which is the one that they are exported to.
  std::vector<double> costs;
  std::string search;  ///< empty: the last one with a result, where there is one
  bool no_run = false, no_search = false;  ///< nothing is said of a run, or of a search
  std::vector<std::string> sections;       ///< keys, in their order; empty: all
  CaseChoice cases;
  std::string title, author, remarks;
  bool paths = false;               ///< absolute paths may be in it
  bool provenance = true;           ///< a line below figures that says where they come from
  std::string date;                 ///< ISO, UTC; empty: now
  std::string out = "report.html";  ///< as the report names itself in its command line
};

/// The request as one command line that makes the same report. The study's folder is named without
/// what is above it, unless paths may be in it.
std::string command_line(const ReportRequest& request);

/// Says how far a report is: what is done now, and the share that is done, 0 to 1. false stops. May
/// be called by one thread at a time.
using ReportProgress = std::function<bool(std::string_view what, double done)>;

}  // namespace plumbline

#include "widgets/window/pages.h"

#include <iterator>

#include "widgets/compare/compare_page.h"
#include "widgets/decision_page/decision_page.h"
#include "widgets/gallery/failures_page.h"
#include "widgets/planer/planer_page.h"
#include "widgets/report/report_page.h"
#include "widgets/runs/runs_page.h"

namespace plumbline {

namespace {

template <class P>
constexpr PageEntry page_entry() {
  return {P::page_key, [](const PageContext& context) -> Page* { return new P(context); }};
}

constexpr PageEntry workbench_pages[] = {
    page_entry<RunsPage>(),    page_entry<FailuresPage>(), page_entry<DecisionPage>(),
    page_entry<ComparePage>(), page_entry<PlanerPage>(),   page_entry<ReportPage>(),
};

}  // namespace

std::span<const PageEntry> page_table() { return workbench_pages; }

std::string page_keys() {
  std::string keys;
  const std::size_t count = std::size(workbench_pages);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) keys += i + 1 < count ? ", " : " or ";
    keys += workbench_pages[i].key;
  }
  return keys;
}

}  // namespace plumbline

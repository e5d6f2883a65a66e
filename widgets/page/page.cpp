#include "widgets/page/page.h"

#include "widgets/text/text_of.h"

namespace plumbline {

Result<void> Page::show_study(const Study*) { return {}; }

bool Page::shows_runs_of(std::string_view predictions) const { return predictions == "classes"; }

void Page::show_run(RunReview*) {}

bool Page::shows(const Route&) const { return false; }

Result<void> Page::go_to(const Route&) { return {}; }

std::vector<Place> Page::places_of(const QString&) { return {}; }

void Page::keep(Settings&) const {}

void Page::follow(const QString& text) {
  const auto link = parse_link(text);
  if (!link) return Q_EMIT failed(text_of(to_string(link.error())));
  Q_EMIT link_followed(*link);
}

}  // namespace plumbline

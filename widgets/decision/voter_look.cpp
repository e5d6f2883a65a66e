#include "widgets/decision/voter_look.h"

#include <algorithm>
#include <array>

#include "widgets/decision/voter_matrix.h"
#include "widgets/style/colours.h"

namespace plumbline {

VoterLooks::VoterLooks(const std::vector<Voter>& voters) {
  const VoterGrid grid = voter_grid(voters);
  groups_.assign(grid.models.size(), 0);
  for (std::size_t v = 0; v < voters.size(); ++v) {
    models_.push_back(static_cast<std::size_t>(grid.places[v].row));
    // Dashes are counted without the identity, which is solid wherever it stands.
    std::size_t dash = 0;
    if (grid.views[static_cast<std::size_t>(grid.places[v].column)] != "identity") {
      dash = 1;
      for (int c = 0; c < grid.places[v].column; ++c)
        dash += grid.views[static_cast<std::size_t>(c)] != "identity";
    }
    views_.push_back(dash);
    ++groups_[models_.back()];
    by_model_.push_back(v);
  }
  std::ranges::stable_sort(by_model_, {}, [&](std::size_t v) { return models_[v]; });
}

QPen VoterLooks::pen_on_image(std::size_t voter, qreal width) const {
  return pen(detector_on_image(models_[voter]), voter, width);
}

QPen VoterLooks::pen_on_base(std::size_t voter, qreal width) const {
  return pen(detector_on_base(models_[voter]), voter, width);
}

QPen VoterLooks::pen(const QColor& colour, std::size_t voter, qreal width) const {
  static const std::array<QList<qreal>, 5> dashes = {
      QList<qreal>{}, {5, 3}, {1.5, 2.5}, {8, 3, 1.5, 3}, {3, 2, 1, 2, 1, 2}};
  QPen made(colour, width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin);
  const auto& dash = dashes[views_[voter] == 0 ? 0 : 1 + (views_[voter] - 1) % 4];
  if (dash.isEmpty()) return made;
  // Qt counts dashes in widths of the pen; they stay as long whatever is bold.
  QList<qreal> lengths;
  for (const qreal length : dash) lengths << length / width;
  made.setDashPattern(lengths);
  return made;
}

}  // namespace plumbline

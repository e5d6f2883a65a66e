#include "widgets/planer/probability_panel.h"

#include <QVBoxLayout>

#include "widgets/bars/title_bar.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/planer/planer_review.h"
#include "widgets/planer/probability_map_view.h"
#include "widgets/text/numbers.h"

namespace plumbline {

ProbabilityPanel::ProbabilityPanel(const PlanerReview* review, QWidget* parent)
    : QWidget(parent),
      review_(review),
      title_(new TitleBar(tr("Probability map"), {}, this)),
      map_(new ProbabilityMapView) {
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  rows->addWidget(title_);
  rows->addWidget(map_);
  explain(title_, "planer.map");
  explain(map_, "planer.map");
  map_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ProbabilityPanel::refresh(bool preview) {
  const SearchCurve* curve = review_->curve();
  if (curve == nullptr) return;
  const auto slots_count = static_cast<std::size_t>(curve->config.slots());
  const auto& progress = review_->progress();
  const auto options = usable_options(curve->config);
  ProbabilityMap map;
  QString fact = tr("%1 blocks × %2 options").arg(slots_count).arg(options.size());
  if (progress && !progress->probabilities.empty()) {
    map = progress->probabilities;
    if (!progress->path.empty())
      fact += tr(", step %1").arg(with_thousands(progress->path.back().step));
  } else {
    for (const SearchPoint& point : curve->path)
      if (!point.probabilities.empty()) map = point.probabilities;
  }
  map_->show_map(map, slots_count, options);
  title_->set_fact(fact);
  const FrontPoint* predicted = preview ? review_->predicted() : nullptr;
  map_->outline(predicted != nullptr ? std::optional(predicted->architecture) : std::nullopt);
}

bool ProbabilityPanel::settled() const { return map_->settled(); }

}  // namespace plumbline

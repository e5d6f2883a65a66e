#include "widgets/decision_page/figure_source.h"

#include "widgets/decision/review_command.h"
#include "widgets/decision_page/damage_analysis.h"
#include "widgets/decision_page/decision_analysis.h"
#include "widgets/text/text_of.h"

namespace plumbline {

FigureSource figure_source_of(const DecisionAnalysis& analysis, const DamageAnalysis& damage) {
  FigureSource source;
  const RunReview* review = analysis.review();
  if (const OpenedRun* held = analysis.validation_run(); held != nullptr && review != nullptr) {
    source.insert(QStringLiteral("VALIDATION"), {text_of(held->split)});
    source.insert(QStringLiteral("CHOSEN"), decide_elsewhere(*review, held->split));
  }
  QString name;
  if (review != nullptr && analysis.calibrated(&name) != nullptr) {
    const DecisionAnalysis::Line* beside = analysis.calibrated_line();
    source.insert(QStringLiteral("CALIBRATED"),
                  beside != nullptr ? decide_beside(*review, beside->policy)
                                    : figure_source_of(*review).value(QStringLiteral("DECIDE")));
  }
  if (damage.damage())
    source.insert(QStringLiteral("DAMAGE"), {text_of(to_string(*damage.damage()))});
  return source;
}

}  // namespace plumbline

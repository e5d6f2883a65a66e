#include "core/review/box_figures.h"

namespace plumbline {

BoxFigures box_figures(const BoxRun& run, const DetectionSet& boxes, double overlap) {
  const CocoRules rules = CocoRules::pycocotools();
  BoxFigures figures;
  figures.coco = coco_figures(match_boxes(run.truth, boxes, rules), rules);
  figures.prices = price_curve(run.truth, boxes, match_accepted(run.truth, boxes, overlap));
  return figures;
}

Result<std::vector<PricePoint>> fusion_prices(const BoxRun& run, const Policy& policy,
                                              std::span<const std::size_t> voters, double overlap) {
  const auto fused = fuse_voters(run, policy, voters);
  TRY(fused);
  return price_curve(run.truth, fused->set, match_accepted(run.truth, fused->set, overlap));
}

BestDetector best_detector(const BoxRun& run, double overlap) {
  BestDetector best;
  for (std::size_t v = 0; v < run.voters.size(); ++v) {
    BoxFigures figures = box_figures(run, run.voters[v], overlap);
    if (v == 0 || figures.ap() > best.figures.ap()) best = {v, std::move(figures)};
  }
  return best;
}

}  // namespace plumbline

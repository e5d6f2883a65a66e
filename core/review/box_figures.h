#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/detection/coco_figures.h"
#include "core/detection/undetected_price.h"
#include "core/review/box_review.h"

namespace plumbline {

/// What is said of a list of boxes beside its counts: pycocotools' figures, and undetected objects
/// against false detections over all thresholds.
struct BoxFigures {
  CocoFigures coco;
  std::vector<PricePoint> prices;

  double ap() const { return coco.values[0]; }    ///< 0 to 1; −1 without objects
  double ap50() const { return coco.values[1]; }  ///< likewise
};

/// Of any list of boxes on a run's images. Takes long where there are many.
BoxFigures box_figures(const BoxRun& run, const DetectionSet& boxes, double overlap);

/// Undetected objects against false detections of some of a run's voters, by a policy's fusion.
/// Takes as long as the fusion does, and keeps nothing. Errors: fuse_voters'.
Result<std::vector<PricePoint>> fusion_prices(const BoxRun& run, const Policy& policy,
                                              std::span<const std::size_t> voters, double overlap);

/// The voter of a run that has the greatest AP alone (of equal ones the first), with its figures:
/// what fusions are held against.
struct BestDetector {
  std::size_t voter = 0;
  BoxFigures figures;
};
BestDetector best_detector(const BoxRun& run, double overlap);

}  // namespace plumbline

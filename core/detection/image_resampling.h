#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/detection/accepted_matches.h"
#include "core/detection/coco_figures.h"
#include "core/metrics/proportion.h"

namespace plumbline {

struct ResamplingOptions {
  std::size_t resamples = 1000;
  std::uint64_t seed = 1;
  double level = 0.95;
};

/// Percentile intervals over images: every resample draws as many images as there are, with
/// replacement (an image that is drawn twice counts twice), and computes the figures anew. Of
/// COCO's figures none where fewer than half of the resamples have it. Deterministic in the seed,
/// whatever the number of threads.
struct DetectionIntervals {
  std::array<std::optional<Interval>, coco_figure_count> coco;
  Interval undetected_objects, false_detections;
};

/// `accepted`: matches of detections whose score was accepted, and `score` the threshold.
DetectionIntervals detection_intervals(const BoxDataset& truth, const DetectionSet& detections,
                                       std::span<const MatchedClass> classes,
                                       const CocoRules& rules,
                                       const std::vector<DetectionMatch>& matches, double score,
                                       const ResamplingOptions& options = {});

}  // namespace plumbline

#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/data/box_dataset.h"
#include "core/detection/coco_figures.h"
#include "core/detection/detection_files.h"
#include "core/detection/lrp.h"
#include "core/detection/tide.h"

namespace plumbline {

/// Detections held against objects: what `evaluate detection` and `fuse` print is computed from it.
struct JudgedDetections {
  BoxDataset truth;
  std::vector<DetectionSet> voters;
  DetectionSet result;  ///< what is judged: a voter's, or what they were fused to
  std::string fusion;   ///< as it is written out; empty for one voter
  std::vector<MatchedClass> classes;
  CocoFigures coco;
  TideResult tide_errors;
  std::vector<DetectionMatch> matches;
  Lrp errors;
  Ledger ledger;
};

struct JudgingOptions {
  double score = 0.25;
  std::uint64_t seed = 1;
  std::size_t resamples = 1000;
  bool intervals = false, corrected = false, per_class = false;
};

/// `fusion` is empty for one voter as it is, and wbf for several. At least one voter. Errors: those
/// of a fusion.
Result<JudgedDetections> judge_detections(BoxDataset truth, std::vector<DetectionSet> voters,
                                          const std::string& fusion, double score);

/// DESIGN 4's keys, and what else is known.
nlohmann::ordered_json detection_json(const JudgedDetections& judged,
                                      const JudgingOptions& options);
void print_judged(const JudgedDetections& judged, const JudgingOptions& options);

/// Errors (usage): none of csv, json, coco.
Result<LedgerFormat> ledger_format(const std::string& text);

}  // namespace plumbline

#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/data/box_dataset.h"
#include "core/engine/inference/heads/output_head.h"
#include "core/predictions/box_predictions.h"

namespace plumbline {

/// The figures of a run's detectors. While it goes, the share of the objects so far that each voter
/// finds ("found/MODEL:VIEW": a box of their class with a score of at least 0.25 and an overlap of
/// at least 0.5, one to one); in its summary COCO's AP and AP50, boxes, objects and those that are
/// undetected. A data set that says nothing of objects has no figures but the boxes' number.
class DetectorFigures {
 public:
  explicit DetectorFigures(const RunInfo& run) : run_(run), voters_(run.voters.size()) {}

  Result<void> load(const Study& study);
  void add(const ShardRange& range, const BoxPredictions& content,
           std::span<const SampleInfo> samples, Job& job);
  void report(std::size_t voter, Job& job) const;
  std::int64_t counted(std::size_t voter) const { return voters_[voter].samples; }
  std::int64_t unreadable() const { return unreadable_; }
  void summarise(std::size_t voter, nlohmann::ordered_json& entry) const;

 private:
  struct VoterBoxes {
    std::int64_t samples = 0, boxes = 0, objects = 0, found = 0;
    std::optional<double> ap, ap50;  ///< of what the study has
  };
  Result<void> load_split(const Study& study, const DatasetInfo& dataset, const std::string& split);

  RunInfo run_;
  std::vector<VoterBoxes> voters_;
  bool has_objects_ = false;
  std::vector<BoxCategory> categories_;
  /// The objects of each sample of all splits, by where its image is.
  std::map<std::string, std::vector<TruthBox>> objects_;
  std::int64_t unreadable_ = 0;
};

}  // namespace plumbline

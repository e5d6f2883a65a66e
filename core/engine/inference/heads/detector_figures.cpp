#include "core/engine/inference/heads/detector_figures.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/detection/accepted_matches.h"
#include "core/detection/coco_figures.h"
#include "core/study/run_boxes.h"
#include "core/study/run_dataset.h"

namespace plumbline {

namespace {

constexpr double accepted_score = 0.25, accepted_overlap = 0.5;
constexpr std::int64_t samples_a_page = 16'384;

std::string image_key(const SampleInfo& sample) {
  return fmt::format("{}/{}/{}", sample.locator.source, sample.locator.record, sample.name);
}

/// Objects that a voter's accepted boxes are matched to.
std::int64_t found_objects(const BoxDataset& truth, const DetectionSet& set) {
  const auto matches = match_accepted(truth, set, accepted_overlap);
  std::int64_t found = 0;
  for (std::size_t i = 0; i < matches.size(); ++i)
    found += matches[i].object >= 0 && set.boxes[i].score >= accepted_score &&
             counts(truth.boxes[static_cast<std::size_t>(matches[i].object)]);
  return found;
}

}  // namespace

Result<void> DetectorFigures::load(const Study& study) {
  const auto dataset = dataset_of_run(study, run_);
  TRY(dataset);
  has_objects_ = format_info(dataset->format).has_boxes;
  for (const std::string& split : run_.splits) TRY(load_split(study, *dataset, split));
  return {};
}

Result<void> DetectorFigures::load_split(const Study& study, const DatasetInfo& dataset,
                                         const std::string& split) {
  BoxDataset truth;
  if (has_objects_) {
    auto boxes = boxes_of_split(study, dataset, split);
    TRY(boxes);
    truth = std::move(*boxes);
    categories_ = truth.categories;
    std::vector<std::string> keys;
    for (std::int64_t first = 0;; first += samples_a_page) {
      const auto page = study.samples(dataset.id, split, first, samples_a_page);
      TRY(page);
      for (const SampleInfo& sample : *page) keys.push_back(image_key(sample));
      if (static_cast<std::int64_t>(page->size()) < samples_a_page) break;
    }
    for (const TruthBox& box : truth.boxes)
      objects_[keys[static_cast<std::size_t>(box.image)]].push_back(box);
  }
  for (std::size_t v = 0; v < voters_.size(); ++v) {
    VoterBoxes& voter = voters_[v];
    const auto coverage = box_coverage(study, run_, split, v);
    TRY(coverage);
    if (v == 0) unreadable_ += coverage->unknown;
    if (coverage->known == 0) continue;
    voter.samples += coverage->known;
    const std::array one{v};
    const auto sets = load_detections(study, run_, split, one);
    TRY(sets);
    const DetectionSet& set = sets->front();
    voter.boxes += static_cast<std::int64_t>(set.boxes.size());
    if (!has_objects_) continue;
    voter.objects += counted_objects(truth);
    voter.found += found_objects(truth, set);
    const auto rules = CocoRules::pycocotools();
    const CocoFigures figures = coco_figures(match_boxes(truth, set, rules), rules);
    // Of several splits the first has them.
    if (!voter.ap && figures.values[0] >= 0) voter.ap = figures.values[0];
    if (!voter.ap50 && figures.values[1] >= 0) voter.ap50 = figures.values[1];
  }
  return {};
}

void DetectorFigures::add(const ShardRange& range, const BoxPredictions& content,
                          std::span<const SampleInfo> samples, Job& job) {
  BoxDataset truth;
  truth.categories = categories_;
  truth.images.resize(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto objects = objects_.find(image_key(samples[i]));
    if (objects == objects_.end()) continue;
    for (TruthBox box : objects->second) {
      box.image = static_cast<std::int32_t>(i);
      truth.boxes.push_back(std::move(box));
    }
  }
  for (std::size_t row = 0; row < range.voters.size(); ++row) {
    VoterBoxes& voter = voters_[range.voters[row]];
    DetectionSet set;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::size_t cell = row * samples.size() + i;
      voter.samples += content.known[cell];
      unreadable_ += range.voters[row] == 0 && content.known[cell] == 0;
      for (auto b = static_cast<std::size_t>(content.offsets[cell]);
           b < static_cast<std::size_t>(content.offsets[cell + 1]); ++b) {
        const PredictedBox& box = content.boxes[b];
        const double left = box.left, top = box.top;
        set.boxes.push_back({static_cast<std::int32_t>(i),
                             content.labels[b],
                             {left, top, box.right - left, box.bottom - top},
                             content.scores[b]});
      }
    }
    voter.boxes += static_cast<std::int64_t>(set.boxes.size());
    if (has_objects_) {
      voter.objects += counted_objects(truth);
      voter.found += found_objects(truth, set);
    }
    report(range.voters[row], job);
  }
}

void DetectorFigures::report(std::size_t voter, Job& job) const {
  const VoterBoxes& boxes = voters_[voter];
  if (boxes.objects > 0)
    job.metric("found/" + to_string(run_.voters[voter]),
               static_cast<double>(boxes.found) / static_cast<double>(boxes.objects),
               boxes.samples);
}

void DetectorFigures::summarise(std::size_t voter, nlohmann::ordered_json& entry) const {
  const VoterBoxes& boxes = voters_[voter];
  const auto if_known = [](bool known, auto value) {
    return known ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  entry["AP"] = if_known(boxes.ap.has_value(), boxes.ap.value_or(0));
  entry["AP50"] = if_known(boxes.ap50.has_value(), boxes.ap50.value_or(0));
  entry["boxes"] = if_known(boxes.samples > 0, boxes.boxes);
  entry["objects"] = if_known(has_objects_ && boxes.samples > 0, boxes.objects);
  entry["undetected_objects"] =
      if_known(has_objects_ && boxes.samples > 0, boxes.objects - boxes.found);
}

}  // namespace plumbline

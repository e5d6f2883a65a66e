#include "core/detection/coco_departures.h"

#include <algorithm>
#include <map>

#include "core/detection/accepted_matches.h"

namespace plumbline {

namespace {

bool is_reversed(const PixelBox& box) { return box.width < 0 || box.height < 0; }

std::vector<std::int32_t> objects_where(const BoxDataset& truth, const auto& holds) {
  std::vector<std::int32_t> objects;
  for (std::size_t i = 0; i < truth.boxes.size(); ++i)
    if (holds(truth.boxes[i])) objects.push_back(static_cast<std::int32_t>(i));
  return objects;
}

/// Objects whose detection has the same score as a false one of their class: which of them comes
/// first is the file's choice.
CocoDeparture tied_objects(const BoxDataset& truth, const DetectionSet& detections) {
  CocoDeparture departure{
      "ties",
      "right and false detections of a class with equal scores are ordered as in the file",
      {},
      0};
  const auto matches = match_accepted(truth, detections);
  struct Tied {
    std::vector<std::int32_t> objects;
    std::int64_t wrong = 0;
  };
  std::map<std::pair<std::int32_t, double>, Tied> scores;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const DetectedBox& box = detections.boxes[i];
    if (matches[i].object == ignored_object) continue;
    Tied& tied = scores[{box.category, box.score}];
    if (matches[i].object >= 0)
      tied.objects.push_back(matches[i].object);
    else
      ++tied.wrong;
  }
  for (const auto& [key, tied] : scores) {
    if (tied.wrong == 0 || tied.objects.empty()) continue;
    departure.objects.insert(departure.objects.end(), tied.objects.begin(), tied.objects.end());
    departure.detections += tied.wrong + std::ssize(tied.objects);
  }
  std::ranges::sort(departure.objects);
  return departure;
}

}  // namespace

std::vector<CocoDeparture> coco_departures(const BoxDataset& truth,
                                           const DetectionSet& detections) {
  std::vector<CocoDeparture> all;
  all.push_back({"zero_id", "an object with the id 0 counts as missed, and its detection as false",
                 objects_where(truth, [](const TruthBox& box) { return box.id == EntryId{}; }), 0});

  std::map<EntryId, int> uses;
  for (const TruthBox& box : truth.boxes) ++uses[box.id];
  all.push_back({"shared_ids", "of objects that share an id, the last counts in place of each",
                 objects_where(truth, [&](const TruthBox& box) { return uses[box.id] > 1; }), 0});

  all.push_back(tied_objects(truth, detections));

  std::map<std::pair<std::int32_t, std::int32_t>, int> crowding;
  for (const TruthBox& box : truth.boxes) ++crowding[{box.image, box.category}];
  all.push_back(
      {"many_objects",
       "only 100 detections per class and image count, though there are more objects",
       objects_where(
           truth, [&](const TruthBox& box) { return crowding[{box.image, box.category}] > 100; }),
       0});

  all.push_back(
      {"ignored", "objects that their file marks as ignored must be found all the same",
       objects_where(truth, [](const TruthBox& box) { return box.ignored && !box.crowd; }), 0});

  CocoDeparture reversed{
      "reversed", "boxes of negative size overlap nothing",
      objects_where(truth, [](const TruthBox& box) { return is_reversed(box.box); }), 0};
  reversed.detections = std::ranges::count_if(
      detections.boxes, [](const DetectedBox& box) { return is_reversed(box.box); });
  all.push_back(std::move(reversed));

  std::vector<bool> has_objects(truth.categories.size());
  for (const TruthBox& box : truth.boxes)
    if (counts(box)) has_objects[static_cast<std::size_t>(box.category)] = true;
  all.push_back(
      {"classes_without_objects",
       "detections of classes without an object cost nothing (in the corrected figures too)",
       {},
       std::ranges::count_if(detections.boxes, [&](const DetectedBox& box) {
         return !has_objects[static_cast<std::size_t>(box.category)];
       })});

  std::erase_if(all, [](const CocoDeparture& departure) {
    return departure.objects.empty() && departure.detections == 0;
  });
  return all;
}

}  // namespace plumbline

#include "core/detection/ledger.h"

#include <algorithm>
#include <bit>

#include "core/detection/box_overlap.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

constexpr std::size_t not_recorded = static_cast<std::size_t>(-1);

/// Adds what one voter saw of every object.
class VoterView {
 public:
  VoterView(const BoxDataset& truth, const std::vector<std::size_t>& record_of,
            const LedgerOptions& options)
      : truth_(truth),
        objects_(objects_by_image(truth)),
        record_of_(record_of),
        options_(options) {}

  void add(const DetectionSet& voter, std::size_t number, Ledger& ledger,
           std::vector<double>& recovering_score) const {
    const auto matches = match_accepted(truth_, voter, options_.overlap);
    const ByImage detected = detections_by_image(truth_, voter);
    for_each_item(truth_.images.size(), [&](std::size_t image) {
      for (const std::int32_t d : detected.of(image)) {
        const DetectedBox& box = voter.boxes[static_cast<std::size_t>(d)];
        see(box, objects_.of(image), ledger);
        const std::int32_t object = matches[static_cast<std::size_t>(d)].object;
        if (object < 0 || box.score < options_.score) continue;
        const std::size_t record = record_of_[static_cast<std::size_t>(object)];
        ledger.objects[record].found_by |= std::uint64_t{1} << number;
        if (box.score > recovering_score[record]) {
          recovering_score[record] = box.score;
          ledger.objects[record].recovered_by = static_cast<std::int32_t>(number);
        }
      }
    });
  }

 private:
  void see(const DetectedBox& detection, std::span<const std::int32_t> objects,
           Ledger& ledger) const {
    const PixelBox box = upright(detection.box);
    for (const std::int32_t o : objects) {
      const TruthBox& object = truth_.boxes[static_cast<std::size_t>(o)];
      const std::size_t place = record_of_[static_cast<std::size_t>(o)];
      if (place == not_recorded || object.category != detection.category) continue;
      ObjectRecord& record = ledger.objects[place];
      const double overlap = overlap_of(box, upright(object.box));
      record.best_overlap = std::max(record.best_overlap, overlap);
      if (overlap >= options_.overlap)
        record.best_score = std::max(record.best_score, detection.score);
    }
  }

  const BoxDataset& truth_;
  ByImage objects_;
  const std::vector<std::size_t>& record_of_;
  const LedgerOptions& options_;
};

}  // namespace

Ledger make_ledger(const BoxDataset& truth, const DetectionSet& result,
                   std::span<const DetectionSet> voters, const TideResult& errors,
                   const LedgerOptions& options) {
  Ledger ledger;
  std::vector<std::size_t> record_of(truth.boxes.size(), not_recorded);
  for (std::size_t i = 0; i < truth.boxes.size(); ++i) {
    if (!counts(truth.boxes[i])) continue;
    record_of[i] = ledger.objects.size();
    ObjectRecord record;
    record.object = static_cast<std::int32_t>(i);
    record.nearest = errors.objects[i];
    ledger.objects.push_back(record);
  }
  std::vector<double> recovering(ledger.objects.size(), -1);
  const VoterView view(truth, record_of, options);
  for (std::size_t v = 0; v < voters.size(); ++v) view.add(voters[v], v, ledger, recovering);

  const auto matches = match_accepted(truth, result, options.overlap);
  ledger.detections.resize(matches.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    DetectionRecord& record = ledger.detections[i];
    record = {result.boxes[i].score >= options.score, matches[i], errors.detections[i]};
    if (record.accepted && matches[i].object >= 0)
      ledger.objects[record_of[static_cast<std::size_t>(matches[i].object)]].found = true;
  }
  ledger.found_by_k.assign(voters.size() + 1, 0);
  for (ObjectRecord& record : ledger.objects) {
    ++ledger.found_by_k[static_cast<std::size_t>(std::popcount(record.found_by))];
    if (record.found)
      record.recovered_by = -1;
    else
      ++ledger.undetected;
  }
  return ledger;
}

}  // namespace plumbline

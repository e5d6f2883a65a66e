#include "core/review/box_judgement.h"

#include <algorithm>
#include <limits>

#include "core/detection/box_overlap.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

/// TIDE's t_b.
constexpr double background_overlap = 0.1;

struct MadeFinds {
  std::vector<float> found_score, best_overlap, best_score;
};

/// Best overlap and best score of an image's objects over all voters.
void see_image(const BoxRun& run, std::size_t image, double overlap, MadeFinds& finds) {
  const auto objects = run.objects_of(image);
  for (std::size_t o = 0; o < objects.size(); ++o) {
    const std::size_t place = run.first_object[image] + o;
    const PixelBox object = upright(objects[o].box);
    double nearest = 0, surest = -1;
    for (std::size_t v = 0; v < run.voters.size(); ++v)
      for (const DetectedBox& box : run.boxes_of(v, image)) {
        if (box.category != objects[o].category) continue;
        const double shared = overlap_of(upright(box.box), object);
        nearest = std::max(nearest, shared);
        if (shared >= overlap) surest = std::max(surest, box.score);
      }
    finds.best_overlap[place] = static_cast<float>(nearest);
    finds.best_score[place] = static_cast<float>(surest);
  }
}

/// Judges the fused boxes of one image, which come by falling score.
class ImageJudge {
 public:
  ImageJudge(const BoxRun& run, double overlap, BoxJudgement& judged)
      : run_(run), overlap_(overlap), judged_(judged) {}

  void judge(std::size_t image, std::size_t begin, std::size_t end) const {
    const auto objects = run_.objects_of(image);
    const std::size_t first = run_.first_object[image];
    std::vector<std::uint32_t> taken;  // numbers of boxes that are items already
    for (std::size_t d = begin; d < end; ++d) {
      const std::int32_t object = judged_.matches[d].object;
      if (object >= 0) {
        judged_.verdicts[d] = TideVerdict::right;
        judged_.found_by[static_cast<std::size_t>(object)] = static_cast<std::int32_t>(d);
        continue;
      }
      if (object == ignored_object) {
        // Neither right nor wrong; but what is near it may be what it was meant for, as in TIDE.
        judge_error(d, objects, first);
        judged_.verdicts[d] = TideVerdict::in_crowd;
        continue;
      }
      judge_error(d, objects, first);
      judged_.number[d] = number_of_box(image, d, taken);
    }
  }

 private:
  /// As TIDE: the wrong place comes before the wrong class, that before a duplicate.
  void judge_error(std::size_t d, std::span<const TruthBox> objects, std::size_t first) const {
    const DetectedBox& detected = judged_.fused.set.boxes[d];
    const PixelBox box = upright(detected.box);
    double of_class = 0, of_other = 0;
    std::size_t same = 0, other = 0;
    bool any = false;
    for (std::size_t o = 0; o < objects.size(); ++o) {
      if (!counts(objects[o])) continue;
      any = true;
      const double shared = overlap_of(box, upright(objects[o].box));
      if (objects[o].category == detected.category) {
        if (shared > of_class) of_class = shared, same = first + o;
      } else if (shared > of_other) {
        of_other = shared;
        other = first + o;
      }
    }
    TideVerdict verdict = TideVerdict::both;
    std::optional<std::size_t> mended;
    if (!any) {
      verdict = TideVerdict::background;
    } else if (of_class >= background_overlap && of_class < overlap_) {
      verdict = TideVerdict::wrong_place;
      mended = same;
    } else if (of_other >= overlap_) {
      verdict = TideVerdict::wrong_class;
      mended = other;
    } else if (of_class >= overlap_) {
      // A surer one has the object, else it would be this one's.
      verdict = TideVerdict::duplicate;
    } else if (std::max(of_class, of_other) <= background_overlap) {
      verdict = TideVerdict::background;
    }
    judged_.verdicts[d] = verdict;
    const auto score = static_cast<float>(detected.score);
    if (mended && judged_.error_score[*mended] < score) {
      judged_.error[*mended] = verdict;
      judged_.error_score[*mended] = score;
    }
  }

  std::uint32_t number_of_box(std::size_t image, std::size_t d,
                              std::vector<std::uint32_t>& taken) const {
    const DetectedBox& detected = judged_.fused.set.boxes[d];
    const std::uint64_t behind = judged_.fused.voters[d];
    std::uint32_t number = first_box_number, best = 0;
    double nearest = -1;
    for (std::size_t v = 0; v < run_.voters.size(); ++v) {
      for (const DetectedBox& box : run_.boxes_of(v, image)) {
        const std::uint32_t here = number++;
        if ((behind >> v & 1) == 0 || box.category != detected.category) continue;
        const double shared = overlap_of(upright(box.box), detected.box);
        if (shared <= nearest || std::ranges::find(taken, here) != taken.end()) continue;
        nearest = shared;
        best = here;
      }
    }
    // Fewer boxes of voters than fused ones there cannot be; a number behind all is one all the
    // same.
    if (nearest < 0) best = number + static_cast<std::uint32_t>(taken.size());
    taken.push_back(best);
    return best;
  }

  const BoxRun& run_;
  double overlap_;
  BoxJudgement& judged_;
};

std::vector<std::size_t> first_fused(const FusedDetections& fused, std::size_t images) {
  std::vector<std::size_t> first(images + 1);
  for (const DetectedBox& box : fused.set.boxes) ++first[static_cast<std::size_t>(box.image) + 1];
  for (std::size_t i = 0; i < images; ++i) first[i + 1] += first[i];
  return first;
}

}  // namespace

VoterFinds find_by_voters(const BoxRun& run, double overlap, WorkProgress* progress) {
  const auto made = std::make_shared<MadeFinds>();
  const std::size_t objects = run.truth.boxes.size(), voters = run.voters.size();
  made->found_score.assign(objects * voters, -1);
  made->best_overlap.assign(objects, 0);
  made->best_score.assign(objects, -1);
  for (std::size_t v = 0; v < voters; ++v) {
    if (progress != nullptr && progress->stopped()) break;
    const auto matches = match_accepted(run.truth, run.voters[v], overlap);
    for (std::size_t d = 0; d < matches.size(); ++d)
      if (matches[d].object >= 0)
        made->found_score[static_cast<std::size_t>(matches[d].object) * voters + v] =
            static_cast<float>(run.voters[v].boxes[d].score);
    if (progress != nullptr) progress->advance();
  }
  for_each_item(run.images(), [&](std::size_t image) { see_image(run, image, overlap, *made); });
  return {voters, made->found_score, made->best_overlap, made->best_score, made};
}

BoxJudgement judge_fused(const BoxRun& run, FusedDetections fused, double overlap,
                         WorkProgress* progress) {
  BoxJudgement judged;
  judged.fused = std::move(fused);
  judged.matches = match_accepted(run.truth, judged.fused.set, overlap);
  const std::size_t boxes = judged.matches.size(), objects = run.truth.boxes.size();
  judged.verdicts.assign(boxes, TideVerdict::background);
  judged.number.assign(boxes, 0);
  judged.found_by.assign(objects, no_object);
  judged.error.assign(objects, TideVerdict::background);
  judged.error_score.assign(objects, -1);
  const auto first = first_fused(judged.fused, run.images());
  const ImageJudge judge(run, overlap, judged);
  for_each_item(
      run.images(), [&](std::size_t image) { judge.judge(image, first[image], first[image + 1]); },
      progress);
  return judged;
}

BoxRows rows_of(const BoxRun& run, const BoxJudgement& judged) {
  BoxRows result;
  const auto first = first_fused(judged.fused, run.images());
  result.items.reserve(run.truth.boxes.size() + judged.matches.size() / 2);
  result.rows.reserve(result.items.capacity());
  std::vector<std::pair<std::uint32_t, std::int32_t>> falses;
  for (std::size_t image = 0; image < run.images(); ++image) {
    const auto sample = static_cast<std::uint32_t>(image);
    for (std::size_t o = run.first_object[image]; o < run.first_object[image + 1]; ++o) {
      if (!counts(run.truth.boxes[o])) continue;
      result.items.emplace_back(sample, static_cast<std::uint32_t>(o - run.first_object[image]));
      result.rows.push_back({static_cast<std::int32_t>(o), judged.found_by[o]});
    }
    falses.clear();
    for (std::size_t d = first[image]; d < first[image + 1]; ++d)
      if (judged.matches[d].object == no_object)
        falses.emplace_back(judged.number[d], static_cast<std::int32_t>(d));
    std::ranges::sort(falses);
    for (const auto& [number, box] : falses) {
      result.items.emplace_back(sample, number);
      result.rows.push_back({no_object, box});
    }
  }
  return result;
}

}  // namespace plumbline

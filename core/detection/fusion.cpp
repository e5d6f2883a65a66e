#include "core/detection/fusion.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/detection/fusion_methods.h"
#include "core/types/parallel_items.h"

namespace plumbline {

namespace {

std::size_t votes_needed(FusionVote vote, std::size_t voters) {
  switch (vote) {
    case FusionVote::affirmative: return 1;
    case FusionVote::consensus: return voters / 2 + 1;
    case FusionVote::unanimous: return voters;
  }
  return 1;
}

/// Where one voter's box stands.
struct BoxPlace {
  std::int32_t voter, index, category;
};

class ImageFuser {
 public:
  ImageFuser(const BoxDataset& truth, std::span<const DetectionSet> voters,
             const BoundFusion& fusion)
      : truth_(truth), voters_(voters), fusion_(fusion), skip_(fusion.fusion.number("skip")) {
    settings_.iou = fusion.fusion.number("iou");
    settings_.sigma = fusion.fusion.number("sigma");
    settings_.least = fusion.fusion.number("least");
    settings_.gaussian = fusion.fusion.word("method") != "linear";
    settings_.count_boxes = fusion.fusion.word("count") == "boxes";
    settings_.needed = votes_needed(fusion.vote, fusion.voters);
  }

  void fuse(std::size_t image, std::span<BoxPlace> places, FusedDetections& out) const {
    std::ranges::stable_sort(places, {}, &BoxPlace::category);
    for (std::size_t first = 0; first < places.size();) {
      const std::int32_t category = places[first].category;
      std::size_t end = first;
      std::vector<VoterBox> boxes;
      FusionSettings settings = settings_;
      settings.weights = fusion_.weights_of(static_cast<std::size_t>(category));
      for (; end < places.size() && places[end].category == category; ++end)
        add_box(places[end], truth_.images[image], settings.weights, boxes);
      first = end;
      if (boxes.empty()) continue;
      for (const VoterBox& box : fusion_.fusion.kind->fuse(std::move(boxes), settings)) {
        out.set.boxes.push_back({static_cast<std::int32_t>(image),
                                 category,
                                 {box.left, box.top, box.right - box.left, box.bottom - box.top},
                                 box.score});
        out.voters.push_back(box.voters);
      }
    }
    order(out);
  }

 private:
  void add_box(const BoxPlace& place, const BoxImage& image, std::span<const double> weights,
               std::vector<VoterBox>& boxes) const {
    const auto voter = static_cast<std::size_t>(place.voter);
    const DetectedBox& detected = voters_[voter].boxes[static_cast<std::size_t>(place.index)];
    if (detected.score < skip_ || weights[voter] == 0) return;
    const PixelBox box = upright(detected.box);
    VoterBox made{box.x,
                  box.y,
                  box.right(),
                  box.bottom(),
                  detected.score,
                  weights[voter],
                  std::uint64_t{1} << voter,
                  place.voter};
    if (image.width > 0 && image.height > 0) {
      made.left = std::clamp(made.left, 0.0, image.width);
      made.right = std::clamp(made.right, 0.0, image.width);
      made.top = std::clamp(made.top, 0.0, image.height);
      made.bottom = std::clamp(made.bottom, 0.0, image.height);
    }
    if (made.area() > 0) boxes.push_back(made);
  }

  static void order(FusedDetections& fused) {
    std::vector<std::size_t> places(fused.voters.size());
    std::iota(places.begin(), places.end(), 0);
    std::ranges::stable_sort(places, std::ranges::greater(),
                             [&](std::size_t i) { return fused.set.boxes[i].score; });
    FusedDetections ordered;
    for (const std::size_t i : places) {
      ordered.set.boxes.push_back(fused.set.boxes[i]);
      ordered.voters.push_back(fused.voters[i]);
    }
    fused = std::move(ordered);
  }

  const BoxDataset& truth_;
  std::span<const DetectionSet> voters_;
  const BoundFusion& fusion_;
  double skip_;
  FusionSettings settings_;
};

}  // namespace

FusedDetections fuse_detections(const BoxDataset& truth, std::span<const DetectionSet> voters,
                                const BoundFusion& fusion, WorkProgress* progress) {
  const std::size_t images = truth.images.size();
  std::vector<std::size_t> begin(images + 1);
  for (const DetectionSet& voter : voters)
    for (const DetectedBox& box : voter.boxes) ++begin[static_cast<std::size_t>(box.image) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<BoxPlace> places(begin.back());
  auto next = begin;
  for (std::size_t v = 0; v < voters.size(); ++v)
    for (std::size_t i = 0; i < voters[v].boxes.size(); ++i) {
      const DetectedBox& box = voters[v].boxes[i];
      places[next[static_cast<std::size_t>(box.image)]++] = {
          static_cast<std::int32_t>(v), static_cast<std::int32_t>(i), box.category};
    }
  const ImageFuser fuser(truth, voters, fusion);
  std::vector<FusedDetections> fused(images);
  for_each_item(
      images,
      [&](std::size_t image) {
        fuser.fuse(image, std::span(places).subspan(begin[image], begin[image + 1] - begin[image]),
                   fused[image]);
      },
      progress);
  FusedDetections all;
  all.set.name = to_string(fusion.fusion);
  for (const FusedDetections& of_image : fused) {
    all.set.boxes.insert(all.set.boxes.end(), of_image.set.boxes.begin(), of_image.set.boxes.end());
    all.voters.insert(all.voters.end(), of_image.voters.begin(), of_image.voters.end());
  }
  return all;
}

}  // namespace plumbline

#include "core/detection/fusion_methods.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>

namespace plumbline {

namespace {

double shared_part(const VoterBox& a, const VoterBox& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  return shared / (a.area() + b.area() - shared);
}

double sum_of_weights(std::span<const double> weights) {
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

/// Scores become those of `weighted`; by falling score, equal ones in their order.
template <class Weighted>
void order_by_score(std::vector<VoterBox>& boxes, const Weighted& weighted) {
  for (VoterBox& box : boxes) box.score = weighted(box);
  std::ranges::stable_sort(boxes, std::ranges::greater(), &VoterBox::score);
}

/// NMS and Soft-NMS take a voter's share of all weights, as ensemble-boxes does; equal weights are
/// none, so that scores stay.
void order_by_share(std::vector<VoterBox>& boxes, std::span<const double> weights) {
  const bool equal = std::ranges::adjacent_find(weights, std::not_equal_to()) == weights.end();
  const double sum = equal ? 1 : sum_of_weights(weights);
  order_by_score(
      boxes, [&](const VoterBox& box) { return equal ? box.score : box.score * box.weight / sum; });
}

bool has_votes(std::uint64_t voters, const FusionSettings& settings) {
  return static_cast<std::size_t>(std::popcount(voters)) >= settings.needed;
}

/// For each box the one that suppresses it (itself for one that is kept): the first kept one that
/// it overlaps by more than the threshold. Boxes are ordered.
std::vector<std::size_t> suppressors(const std::vector<VoterBox>& boxes, double iou) {
  std::vector<std::size_t> by(boxes.size());
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto found = std::ranges::find_if(
        kept, [&](std::size_t k) { return shared_part(boxes[k], boxes[i]) > iou; });
    by[i] = found == kept.end() ? i : *found;
    if (found == kept.end()) kept.push_back(i);
  }
  return by;
}

/// Who is behind each group of overlapping boxes, at the place of the box that leads it.
std::vector<std::uint64_t> voters_of_groups(const std::vector<VoterBox>& boxes,
                                            const std::vector<std::size_t>& leaders) {
  std::vector<std::uint64_t> voters(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) voters[leaders[i]] |= boxes[i].voters;
  return voters;
}

/// Boxes that were put together, and what they make.
struct BoxCluster {
  VoterBox fused;
  std::vector<VoterBox> members;
};

/// The cluster whose fused box this one overlaps most, by more than the threshold.
BoxCluster* best_cluster(std::vector<BoxCluster>& clusters, const VoterBox& box, double iou) {
  BoxCluster* best = nullptr;
  double overlap = iou;
  for (BoxCluster& cluster : clusters) {
    const double shared = shared_part(cluster.fused, box);
    if (shared > overlap) overlap = shared, best = &cluster;
  }
  return best;
}

/// The mean of the members' corners by `weight_of`.
template <class WeightOf>
void average_corners(BoxCluster& cluster, const WeightOf& weight_of) {
  double sum = 0, left = 0, top = 0, right = 0, bottom = 0;
  for (const VoterBox& box : cluster.members) {
    const double weight = weight_of(box);
    sum += weight;
    left += weight * box.left;
    top += weight * box.top;
    right += weight * box.right;
    bottom += weight * box.bottom;
  }
  if (sum <= 0) return;
  cluster.fused.left = left / sum;
  cluster.fused.top = top / sum;
  cluster.fused.right = right / sum;
  cluster.fused.bottom = bottom / sum;
}

/// Σ_v w_v · (best score of voter v) / Σ_v w_v over all voters: never above the greatest score. The
/// members' scores are weighted already.
double score_by_voters(const BoxCluster& cluster, const FusionSettings& settings) {
  double sum = 0;
  std::uint64_t seen = 0;
  for (const VoterBox& box : cluster.members) {  // by falling score: a voter's first is its best
    if ((seen & box.voters) == 0) sum += box.score;
    seen |= box.voters;
  }
  return sum / sum_of_weights(settings.weights);
}

/// ensemble-boxes' mean score × min(T, N) / N, which weights can bring above 1.
double score_by_boxes(const BoxCluster& cluster, const FusionSettings& settings) {
  double sum = 0;
  for (const VoterBox& box : cluster.members) sum += box.score;
  const auto boxes = static_cast<double>(cluster.members.size());
  const auto voters = static_cast<double>(settings.weights.size());
  return sum / boxes * std::min(boxes, voters) / sum_of_weights(settings.weights);
}

}  // namespace

std::vector<VoterBox> suppress_boxes(std::vector<VoterBox> boxes, const FusionSettings& settings) {
  order_by_share(boxes, settings.weights);
  const auto leaders = suppressors(boxes, settings.iou);
  const auto voters = voters_of_groups(boxes, leaders);
  std::vector<VoterBox> kept;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (leaders[i] != i || !has_votes(voters[i], settings)) continue;
    kept.push_back(boxes[i]);
    kept.back().voters = voters[i];
  }
  return kept;
}

std::vector<VoterBox> soften_boxes(std::vector<VoterBox> boxes, const FusionSettings& settings) {
  order_by_share(boxes, settings.weights);
  const auto leaders = suppressors(boxes, settings.iou);
  const auto voters = voters_of_groups(boxes, leaders);
  std::vector<VoterBox> left, kept;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!has_votes(voters[leaders[i]], settings)) continue;
    left.push_back(boxes[i]);
    left.back().voters = voters[leaders[i]];
  }
  while (!left.empty()) {
    const auto surest = std::ranges::max_element(left, {}, &VoterBox::score);
    const VoterBox taken = *surest;
    left.erase(surest);
    // Scores only fall from here.
    if (taken.score <= settings.least) break;
    kept.push_back(taken);
    for (VoterBox& box : left) {
      const double shared = shared_part(taken, box);
      if (settings.gaussian)
        box.score *= std::exp(-shared * shared / settings.sigma);
      else if (shared > settings.iou)
        box.score *= 1 - shared;
    }
  }
  return kept;
}

std::vector<VoterBox> weigh_maxima(std::vector<VoterBox> boxes, const FusionSettings& settings) {
  const double greatest = *std::ranges::max_element(settings.weights);
  order_by_score(boxes, [&](const VoterBox& box) { return box.score * (box.weight / greatest); });
  std::vector<BoxCluster> clusters;
  for (const VoterBox& box : boxes) {
    BoxCluster* cluster = best_cluster(clusters, box, settings.iou);
    if (cluster == nullptr) clusters.push_back({box, {}}), cluster = &clusters.back();
    cluster->members.push_back(box);
    cluster->fused.voters |= box.voters;
  }
  std::vector<VoterBox> fused;
  for (BoxCluster& cluster : clusters) {
    if (!has_votes(cluster.fused.voters, settings)) continue;
    const VoterBox leader = cluster.fused;
    average_corners(cluster,
                    [&](const VoterBox& box) { return box.score * shared_part(box, leader); });
    fused.push_back(cluster.fused);
  }
  return fused;
}

std::vector<VoterBox> fuse_weighted(std::vector<VoterBox> boxes, const FusionSettings& settings) {
  order_by_score(boxes, [](const VoterBox& box) { return box.score * box.weight; });
  std::vector<BoxCluster> clusters;
  for (const VoterBox& box : boxes) {
    BoxCluster* cluster = best_cluster(clusters, box, settings.iou);
    if (cluster == nullptr) {
      clusters.push_back({box, {box}});
      continue;
    }
    cluster->members.push_back(box);
    cluster->fused.voters |= box.voters;
    average_corners(*cluster, [](const VoterBox& member) { return member.score; });
  }
  std::vector<VoterBox> fused;
  for (BoxCluster& cluster : clusters) {
    if (!has_votes(cluster.fused.voters, settings)) continue;
    cluster.fused.score = settings.count_boxes ? score_by_boxes(cluster, settings)
                                               : score_by_voters(cluster, settings);
    fused.push_back(cluster.fused);
  }
  return fused;
}

}  // namespace plumbline

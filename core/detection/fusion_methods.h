#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/detection/fusion.h"

namespace plumbline {

/// A box of one class on one image, by its corners.
struct VoterBox {
  double left, top, right, bottom;
  double score;          ///< as its voter gave it
  double weight;         ///< its voter's
  std::uint64_t voters;  ///< bits; of a voter's own box one
  std::int32_t voter;    ///< −1 for a fused box

  double area() const { return (right - left) * (bottom - top); }
};

/// What a method needs besides the boxes.
struct FusionSettings {
  double iou = 0.55, sigma = 0.5, least = 0.001;
  bool gaussian = true, count_boxes = false;
  std::size_t needed = 1;  ///< voters that have to be behind a box
  std::span<const double> weights;
};

/// Fuses one class of one image. `boxes`: in the order of voters and of their files.
std::vector<VoterBox> suppress_boxes(std::vector<VoterBox> boxes, const FusionSettings& settings);
std::vector<VoterBox> soften_boxes(std::vector<VoterBox> boxes, const FusionSettings& settings);
std::vector<VoterBox> weigh_maxima(std::vector<VoterBox> boxes, const FusionSettings& settings);
std::vector<VoterBox> fuse_weighted(std::vector<VoterBox> boxes, const FusionSettings& settings);

}  // namespace plumbline

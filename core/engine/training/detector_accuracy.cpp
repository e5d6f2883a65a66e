#include "core/engine/training/detector_accuracy.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "core/detection/coco_figures.h"
#include "core/engine/inference/heads/box_decoder.h"
#include "kernels/box_suppression.h"

namespace plumbline {

namespace {

constexpr std::int64_t measured_at_once = 100;

PixelBox pixel_box(const float* sides) {
  const double left = sides[0], top = sides[1];
  return {left, top, sides[2] - left, sides[3] - top};
}

BoxDataset truth_of(const at::Tensor& objects, const ModelCard& card) {
  BoxDataset truth;
  truth.images.resize(static_cast<std::size_t>(objects.size(0)));
  for (const std::string& name : card.classes) truth.categories.push_back({{}, name});
  const at::Tensor host = objects.to(at::kCPU).contiguous();
  const auto* object = host.const_data_ptr<float>();
  for (std::int64_t i = 0; i < host.size(0); ++i)
    for (std::int64_t j = 0; j < host.size(1); ++j, object += 5) {
      if (object[4] < 0) continue;
      TruthBox box;
      box.image = static_cast<std::int32_t>(i);
      box.category = static_cast<std::int32_t>(object[4]);
      box.box = pixel_box(object);
      box.area = box.box.width * box.box.height;
      box.id.number = static_cast<std::int64_t>(truth.boxes.size()) + 1;
      truth.boxes.push_back(std::move(box));
    }
  return truth;
}

/// Appends what is found on images from `first` on.
void append_found(const ScoredBoxes& found, const BoxSuppression& rules, std::int64_t first,
                  DetectionSet& set) {
  const at::Tensor possible = at::where(found.scores.ge(rules.score_threshold), found.scores,
                                        -std::numeric_limits<float>::infinity());
  const at::Tensor kept =
      kernels::box_suppression(found.boxes, possible, found.labels, rules.iou).to(at::kCPU);
  const at::Tensor boxes = found.boxes.to(at::kCPU).contiguous();
  const at::Tensor scores = found.scores.to(at::kCPU).contiguous();
  const at::Tensor labels = found.labels.to(at::kCPU).contiguous();
  const std::int64_t n = kept.size(1);
  for (std::int64_t i = 0; i < kept.numel(); ++i)
    if (kept.const_data_ptr<bool>()[i])
      set.boxes.push_back(
          {static_cast<std::int32_t>(first + i / n), labels.const_data_ptr<std::int32_t>()[i],
           pixel_box(boxes.const_data_ptr<float>() + 4 * i), scores.const_data_ptr<float>()[i]});
}

}  // namespace

double detector_ap50(Network& network, const ModelCard& card, const at::Tensor& images,
                     const at::Tensor& objects) {
  const BoxDecoder* decoder = box_decoders().find(card.output.kind);
  TORCH_CHECK(decoder != nullptr, "there is no decoder for ", card.output.kind);
  const auto& output = std::get<BoxOutput>(card.output.details);
  const BoxDataset truth = truth_of(objects, card);
  DetectionSet set;
  for (std::int64_t first = 0; first < images.size(0); first += measured_at_once) {
    const auto n = std::min(measured_at_once, images.size(0) - first);
    const at::Tensor batch = images.narrow(0, first, n).permute({0, 3, 1, 2});
    auto parts = decoder->read(network.forward(batch), card, n);
    TORCH_CHECK(parts, to_string(parts.error()));
    append_found(scored_boxes(std::move(*parts), output), output.suppression, first, set);
  }
  const auto rules = CocoRules::pycocotools();
  return std::max(0.0, coco_figures(match_boxes(truth, set, rules), rules).values[1]);
}

}  // namespace plumbline
